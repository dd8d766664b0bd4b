package dev.noid.cli.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class NewerClassesTest {
    @TempDir
    Path directory;

    @Test
    void old_classes_become_such_as_the_cache_takes_and_still_verify() throws Exception {
        Path published = Path.of(CommandLine.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        Path jar = Files.copy(published, directory.resolve("picocli.jar"));
        assertThat(versions(published)).contains(49);

        NewerClasses.main(new String[] {jar.toString()});

        assertThat(versions(jar)).isNotEmpty().allMatch(version -> version >= 52);
        URL[] urls = {jar.toUri().toURL()};
        try (URLClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader())) {
            for (String name : names(jar)) {
                // Initialising verifies; the new kind of verifier takes no class whose stack maps are wrong.
                assertThat(Class.forName(name, true, loader).getClassLoader()).isSameAs(loader);
            }
        }
    }

    @Test
    void a_jar_without_old_classes_stays_as_it_is() throws Exception {
        Path published = Path.of(
                Test.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Path jar = Files.copy(published, directory.resolve("junit.jar"));
        NewerClasses.main(new String[] {jar.toString()});
        assertThat(jar).hasSameBinaryContentAs(published);
    }

    private static List<Integer> versions(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            return Collections.list(file.entries()).stream()
                    .filter(NewerClassesTest::isClass)
                    .map(entry -> version(file, entry))
                    .distinct()
                    .toList();
        }
    }

    private static int version(JarFile file, JarEntry entry) {
        try (var in = file.getInputStream(entry)) {
            return in.readNBytes(8)[7];
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static List<String> names(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            return Collections.list(file.entries()).stream()
                    .filter(NewerClassesTest::isClass)
                    .map(entry -> entry.getName().replace('/', '.').replaceAll("\\.class$", ""))
                    .toList();
        }
    }

    private static boolean isClass(JarEntry entry) {
        return entry.getName().endsWith(".class") && !entry.getName().endsWith("module-info.class");
    }
}
