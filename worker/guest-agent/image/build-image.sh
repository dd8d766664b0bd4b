#!/bin/sh
# Makes the default image `busybox`: build-image.sh OUT_DIR AGENT_BINARY
# kernel: the distribution's. initrd: the agent as /init and the virtio modules. rootfs: ext4 with a static busybox.
# Needs no root: every file in the image belongs to root whoever runs this, because debugfs sets owners in
# the finished filesystem, and cpio is told the owner.
set -eu

fail() { echo "build-image: $*" >&2; exit 1; }
need() { command -v "$1" >/dev/null 2>&1 || fail "$1 is missing: apt-get install $2"; }

[ $# -eq 2 ] || fail "usage: build-image.sh OUT_DIR AGENT_BINARY"
out=$1 agent=$2
PATH=$PATH:/usr/sbin:/sbin # where Debian keeps mkfs for people who are not root
export LC_ALL=C

[ -f "$agent" ] || fail "no agent at $agent: run make in worker/guest-agent"
need cpio cpio; need mkfs.ext4 e2fsprogs; need debugfs e2fsprogs; need gzip gzip; need sha256sum coreutils
busybox=$(command -v busybox) || fail "busybox is missing: apt-get install busybox-static"
if ldd "$busybox" 2>/dev/null | grep -q '=>'; then fail "$busybox is not static: apt-get install busybox-static"; fi
kernel=$(ls /boot/vmlinuz-*-cloud-amd64 2>/dev/null | sort -V | tail -1)
[ -n "$kernel" ] || fail "no kernel in /boot: apt-get install linux-image-cloud-amd64"
[ -r "$kernel" ] || fail "$kernel is not readable: chmod a+r $kernel"
release=${kernel#/boot/vmlinuz-}
version=$("$busybox" | sed -n '1s/^BusyBox v\([^ ]*\).*/\1/p')

mkdir -p "$(dirname "$out")"
work=$(mktemp -d "$out.new.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
umask 022
chmod 755 "$work"
epoch=1700000000 # one date for everything, so that the same inputs give the same digest

# --- initrd
initrd=$work/.initrd
mkdir -p "$initrd/modules" "$initrd/dev"
cp "$agent" "$initrd/init"
chmod 755 "$initrd/init"
for name in virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk virtio_console virtio-rng; do
  module=$(find "/lib/modules/$release/kernel" -name "$name.ko*" | head -1)
  case $module in
    '') grep -q "/$name.ko$" "/lib/modules/$release/modules.builtin" || fail "no module $name for $release: apt-get install --reinstall linux-image-cloud-amd64" ;;
    *.xz) need xz xz-utils; xz -dc "$module" >"$initrd/modules/$name.ko" ;;
    *.zst) need zstd zstd; zstd -qdc "$module" >"$initrd/modules/$name.ko" ;;
    *) cp "$module" "$initrd/modules/$name.ko" ;;
  esac
done
find "$initrd" -exec touch -h -d "@$epoch" {} +
(cd "$initrd" && find . | sort | cpio -o -H newc -R 0:0 --reproducible --quiet) | gzip -n -1 >"$work/initrd"
cp "$kernel" "$work/kernel"

# --- rootfs
root=$work/.root
for dir in bin sbin usr/bin usr/sbin usr/local/bin usr/local/sbin etc dev proc sys run root home/user srv tmp var/tmp mnt opt lib; do
  mkdir -p "$root/$dir"
done
ln -s ../run "$root/var/run"
cp "$busybox" "$root/bin/busybox"
chmod 755 "$root/bin/busybox"
for path in $("$busybox" --list-full); do
  [ "$path" = bin/busybox ] && continue
  case $path in linuxrc) continue ;; esac
  ln -s /bin/busybox "$root/$path"
done
cat >"$root/etc/passwd" <<'END'
root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
user:x:1000:1000:user:/home/user:/bin/sh
END
cat >"$root/etc/group" <<'END'
root:x:0:
tty:x:5:
nogroup:x:65534:
user:x:1000:
END
printf 'noid\n' >"$root/etc/hostname"
printf '127.0.0.1\tlocalhost\n::1\tlocalhost\n' >"$root/etc/hosts"
printf 'NAME=BusyBox\nID=busybox\nVERSION_ID=%s\nPRETTY_NAME="BusyBox %s"\n' "$version" "$version" >"$root/etc/os-release"
printf 'root\n' >"$root/etc/.keep" && rm "$root/etc/.keep"
chmod 1777 "$root/tmp" "$root/var/tmp"
chmod 700 "$root/root"
find "$root" -exec touch -h -d "@$epoch" {} +

bytes=67108864
# resize: descriptors reserved for a disk of 1 TiB, beyond which the kernel changes to meta_bg by itself. 8192 inodes a
# group of 128 MiB, because an online grow repeats the first group's count. Tables written now: no kernel thread later.
truncate -s "$bytes" "$work/rootfs"
E2FSPROGS_FAKE_TIME=$epoch mkfs.ext4 -q -F -b 4096 -N 8192 -J size=8 -m 0 -L noid -O ^orphan_file \
  -U 6e6f6964-0000-4000-8000-000000000001 \
  -E root_owner=0:0,resize=268435456,hash_seed=6e6f6964-0000-4000-8000-000000000002,lazy_itable_init=0,lazy_journal_init=0 \
  -d "$root" "$work/rootfs" 2>"$work/.mkfs" || { cat "$work/.mkfs" >&2; fail "mkfs.ext4 failed"; }

# Owners: all root but the user's home, whoever runs this; and dates, as mkfs copies the tree's change times. debugfs works
# on the image, so it needs no rights on this machine.
(cd "$root" && find . -printf '/%P\n'; echo /lost+found) | sort | while read -r path; do
  owner=0
  [ "$path" = /home/user ] && owner=1000
  printf "set_inode_field \"$path\" %s $owner\n" uid gid
  printf "set_inode_field \"$path\" %s @$epoch\n" atime mtime ctime crtime
done >"$work/.owners"
E2FSPROGS_FAKE_TIME=$epoch debugfs -w -f "$work/.owners" "$work/rootfs" >/dev/null 2>"$work/.debugfs" || { cat "$work/.debugfs" >&2; fail "debugfs failed"; }

# --- image.json, last: what has it is whole
digest=$(cd "$work" && sha256sum kernel initrd rootfs | cut -d' ' -f1 | tr -d '\n' | sha256sum | cut -d' ' -f1)
printf '{"name":"busybox","digest":"sha256:%s","kernel":"%s","os":"busybox %s","rootfsBytes":%s}\n' \
  "$digest" "$release" "$version" "$bytes" >"$work/image.json"
rm -rf "$initrd" "$root" "$work"/.mkfs "$work"/.owners "$work"/.debugfs

# A directory cannot be renamed over a full one, so the old one steps aside first.
if [ -e "$out" ]; then mv "$out" "$work.old"; fi
mv "$work" "$out"
trap - EXIT
rm -rf "$work.old"
