package dev.hydra.text.jinja;

/** What a template can call: functions, macros, and methods of values. */
@FunctionalInterface
interface Callable {
    /**
     * Calls it.
     *
     * @throws TemplateException if the arguments do not fit, or it fails
     */
    Object call(Rendering rendering, Arguments arguments);
}
