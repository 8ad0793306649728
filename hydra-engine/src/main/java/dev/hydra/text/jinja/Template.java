package dev.hydra.text.jinja;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.Context.Library;
import com.hubspot.jinjava.interpret.InterpretException;
import com.hubspot.jinjava.loader.ResourceNotFoundException;
import com.hubspot.jinjava.tree.Node;
import java.time.Clock;
import java.util.Map;
import java.util.Set;

/*
 * jinjava cuts a template into text, expressions and tags, and renders its nodes. Its expressions are JUEL's, with
 * Java's ideas of values: "1" equals 1, none and undefined are one, lists have Java's methods, and the parser knows no
 * steps in slices, no tuples as they are in Python and no chains of comparisons. So Rendering, an interpreter of
 * jinjava's, asks Parser and not JUEL what an expression means, and Tags registers tags that take their own headers
 * apart in the same way.
 */
/**
 * A Jinja template, rendered as transformers renders chat templates: {@code trim_blocks} and {@code lstrip_blocks}, values and filters
 * as in Python, {@code tojson}, {@code raise_exception}, {@code strftime_now}, {@code break}, {@code continue} and
 * {@code generation}. A template may come from anywhere: it reads no file and no other template, reaches no Java object, changes
 * nothing that is given to it, and ends, within a {@link Budget}. Immutable; threads may share it.
 */
public final class Template {
    private static final Jinjava LIBRARY = library();

    private final Node root;
    private final Syntax syntax = new Syntax();

    private Template(String source) {
        Rendering rendering = new Rendering(LIBRARY, syntax, new Budget(0), Clock.systemUTC());
        root = rendering.parse(TemplateSource.settle(source));
        syntax.read(root);
    }

    private static Jinjava library() {
        JinjavaConfig config = JinjavaConfig.newBuilder()
                // TemplateSource has trimmed already
                .withTrimBlocks(false)
                .withLstripBlocks(false)
                .withLegacyOverrides(LegacyOverrides.newBuilder()
                        .withParseWhitespaceControlStrictly(true)
                        .withAllowAdjacentTextNodes(true)
                        .withHandleBackslashInQuotesOnly(true)
                        .build())
                // values are data: text that looks like a template must come out as it is
                .withNestedInterpretationEnabled(false)
                .withDisabled(Map.of(
                        Library.TAG,
                        Set.of(
                                "autoescape",
                                "cycle",
                                "do",
                                "extends",
                                "from",
                                "ifchanged",
                                "import",
                                "include",
                                "print",
                                "raw",
                                "unless")))
                .build();
        Jinjava library = new Jinjava(config);
        library.setResourceLocator((name, charset, interpreter) -> {
            throw new ResourceNotFoundException("a chat template can't read '" + name + "'");
        });
        Tags.register(library);
        return library;
    }

    /**
     * Reads a template.
     *
     * @throws TemplateException if it is damaged; the message says where
     */
    public static Template parse(String source) {
        try {
            return new Template(source);
        } catch (InterpretException | IndexOutOfBoundsException e) {
            throw new TemplateException(String.valueOf(e.getMessage()), e); // how jinjava tells of a tag without a name
        }
    }

    /**
     * Renders the template.
     *
     * @param variables texts, numbers, booleans, lists, maps, nulls, and what Gson makes of them; they come out verbatim, also where they
     *     look like template code
     * @param clock the time that {@code strftime_now} tells
     * @throws TemplateException.Raised if the template calls {@code raise_exception}
     * @throws TemplateException if it fails, or does not end in time
     * @throws IllegalArgumentException if a variable is something else
     */
    public String render(Map<String, ?> variables, Clock clock) {
        Object values = Python.value(variables);
        Rendering rendering = new Rendering(LIBRARY, syntax, new Budget(Python.length(values)), clock);
        ((Map<?, ?>) values).forEach((name, value) -> rendering.scope().set(String.valueOf(name), value));
        try {
            return rendering.body(root.getChildren());
        } catch (StackOverflowError e) {
            throw new TemplateException("it nests or calls itself too deeply", e);
        }
    }
}
