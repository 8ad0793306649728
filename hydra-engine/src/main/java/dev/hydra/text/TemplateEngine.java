package dev.hydra.text;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.Context.Library;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.loader.ResourceNotFoundException;
import com.hubspot.jinjava.objects.date.StrftimeFormatter;
import com.hubspot.jinjava.tree.TagNode;
import java.io.Serial;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Jinjava set up like the environment in which Hugging Face renders chat templates, and fenced: no files, no other
 * templates, no Java objects. Threads may share it.
 */
final class TemplateEngine {
    private static final int LONGEST_OUTPUT = 1 << 26;

    private final Jinjava jinjava;

    TemplateEngine(Clock clock) {
        JinjavaConfig config = JinjavaConfig.newBuilder()
                // TemplateSource has trimmed already
                .withTrimBlocks(false)
                .withLstripBlocks(false)
                .withKeepTrailingNewline(true) // concerns the output
                .withLegacyOverrides(LegacyOverrides.newBuilder()
                        .withEvaluateMapKeys(true)
                        .withIterateOverMapKeys(true)
                        .withUsePyishObjectMapper(true)
                        .withUseSnakeCasePropertyNaming(true)
                        .withUseNaturalOperatorPrecedence(true)
                        .withParseWhitespaceControlStrictly(true)
                        .withAllowAdjacentTextNodes(true)
                        .withUseTrimmingForNotesAndExpressions(true)
                        .withKeepNullableLoopValues(true)
                        .withHandleBackslashInQuotesOnly(true)
                        .build())
                // contents are data: text that looks like a template must come out as it is
                .withNestedInterpretationEnabled(false)
                .withElResolver(TemplateObjects.resolver())
                .withDisabled(Map.of(
                        Library.TAG, Set.of("include", "import", "from", "extends"),
                        Library.FILTER, Set.of("render")))
                .withEnableRecursiveMacroCalls(true)
                .withMaxMacroRecursionDepth(64)
                .withMaxOutputSize(LONGEST_OUTPUT)
                .withTimeZone(clock.getZone())
                .withDateTimeProvider(clock::millis)
                .build();
        jinjava = new Jinjava(config);
        jinjava.setResourceLocator((name, charset, interpreter) -> {
            throw new ResourceNotFoundException("a chat template can't read '" + name + "'");
        });
        jinjava.registerTag(new GenerationTag());
        function("raise_exception", "raise", String.class);
        function("strftime_now", "now", String.class);
    }

    private void function(String name, String method, Class<?>... parameters) {
        jinjava.registerFunction(new ELFunctionDefinition("", name, Functions.class, method, parameters));
    }

    /** Renders; failures are listed in the result, none is thrown. */
    RenderResult render(String template, Map<String, ?> variables) {
        return jinjava.renderForResult(template, variables);
    }

    /** What the template gave to {@code raise_exception}; null for any other error. */
    static @Nullable String raised(TemplateError error) {
        for (Throwable cause = error.getException(); cause != null; cause = cause.getCause()) {
            if (cause instanceof Raised) {
                return cause.getMessage();
            }
        }
        return null;
    }

    /** The functions that templates call; jinjava finds them by name. */
    static final class Functions {
        private Functions() {}

        public static String raise(String message) {
            throw new Raised(message);
        }

        public static String now(String format) {
            JinjavaConfig config = JinjavaInterpreter.getCurrent().getConfig();
            ZoneId zone = config.getTimeZone();
            Instant now = Instant.ofEpochMilli(config.getDateTimeProvider().getCurrentTimeMillis());
            return StrftimeFormatter.format(now.atZone(zone), format, Locale.ENGLISH);
        }
    }

    /** {@code {% generation %}} marks the assistant's words for training; here it changes nothing. */
    private static final class GenerationTag implements Tag {
        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public String getName() {
            return "generation";
        }

        @Override
        public String interpret(TagNode tag, JinjavaInterpreter interpreter) {
            StringBuilder text = new StringBuilder();
            tag.getChildren().forEach(child -> text.append(child.render(interpreter)));
            return text.toString();
        }
    }

    private static final class Raised extends RuntimeException {
        @Serial
        private static final long serialVersionUID = 1;

        Raised(String message) {
            super(message);
        }
    }
}
