package dev.noid.cli.exec;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/// Signals this process gets. `sun.misc.Signal` is the only way to hear a second Ctrl-C (a shutdown hook runs
/// once), and
/// by reflection because javac warns of it in a way that can't be suppressed.
public final class Signals {
    private static final String SIGNAL = "sun.misc.Signal";

    private Signals() {}

    /// Runs `action` at each signal of that name, e.g. `INT`, in place of ending the process.
    public static void on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName(SIGNAL);
            Class<?> handler = Class.forName(SIGNAL + "Handler");
            Object proxy = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            action.run();
                        }
                        return answer(self, method, arguments);
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
        } catch (InvocationTargetException e) {
            if (!(e.getCause() instanceof IllegalArgumentException)) {
                throw new LinkageError("signal " + name, e);
            }
            // The JVM keeps this signal for itself (-Xrs): it then does what it does without us.
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("signal " + name, e);
        }
    }

    // What every object answers; a proxy gets these calls too.
    @SuppressWarnings("ReferenceEquality") // A proxy is equal to itself only.
    private static @org.jspecify.annotations.Nullable Object answer(Object self, Method method, Object[] arguments) {
        return switch (method.getName()) {
            case "equals" -> self == arguments[0];
            case "hashCode" -> System.identityHashCode(self);
            case "toString" -> "handler";
            default -> null;
        };
    }
}
