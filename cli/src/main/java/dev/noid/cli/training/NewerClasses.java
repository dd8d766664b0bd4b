package dev.noid.cli.training;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Enumeration;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/// What the build runs over the jars of the command line, before the training. picocli is compiled for Java 5,
/// and the AOT cache takes no class that old, as it has no stack maps: all of picocli was read and verified
/// anew at each start, which was a third of the time of `noid ls`. Here such classes get stack maps and a newer
/// version number.
public final class NewerClasses {
    /// Java 8, the oldest that everybody tests with.
    private static final int VERSION = ClassFile.JAVA_8_VERSION;

    private final ClassFile classFile;

    private NewerClasses() {
        ClassHierarchyResolver classes = ClassHierarchyResolver.ofResourceParsing(ClassLoader.getSystemClassLoader())
                .orElse(ClassHierarchyResolver.defaultResolver());
        classFile = ClassFile.of(StackMapsOption.GENERATE_STACK_MAPS, ClassHierarchyResolverOption.of(classes));
    }

    /// @param args jars
    public static void main(String[] args) throws IOException {
        NewerClasses newer = new NewerClasses();
        for (String jar : args) {
            newer.rewrite(Path.of(jar));
        }
    }

    private void rewrite(Path jar) throws IOException {
        boolean changed = false;
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (JarFile old = new JarFile(jar.toFile());
                JarOutputStream made = new JarOutputStream(all)) {
            for (Enumeration<JarEntry> entries = old.entries(); entries.hasMoreElements(); ) {
                JarEntry entry = entries.nextElement();
                byte[] bytes;
                try (InputStream in = old.getInputStream(entry)) {
                    bytes = in.readAllBytes();
                }
                boolean ancient = entry.getName().endsWith(".class") && bytes[7] < ClassFile.JAVA_6_VERSION;
                changed |= ancient;
                JarEntry copy = new JarEntry(entry.getName());
                copy.setTime(entry.getTime());
                made.putNextEntry(copy);
                made.write(ancient ? newer(bytes) : bytes);
                made.closeEntry();
            }
        }
        if (changed) {
            Path next = jar.resolveSibling(jar.getFileName() + ".new");
            Files.write(next, all.toByteArray());
            Files.move(next, jar, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private byte[] newer(byte[] bytes) {
        // Code that is taken over whole keeps being without stack maps; taken apart and put together it gets them.
        return classFile.transformClass(
                classFile.parse(bytes),
                ClassTransform.transformingMethodBodies(CodeBuilder::with)
                        .andThen(ClassTransform.dropping(ClassFileVersion.class::isInstance))
                        .andThen(ClassTransform.endHandler(made -> made.withVersion(VERSION, 0))));
    }
}
