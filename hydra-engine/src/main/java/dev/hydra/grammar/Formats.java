package dev.hydra.grammar;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Formats of strings that are more than an annotation here. */
final class Formats {

    private static final String DATE = "[1-9]\\d{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])"
            + "|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))";
    private static final String TIME = "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,3})?Z";
    private static final String OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]\\d|\\d)";
    private static final String LABEL = "[a-z0-9](?:-?[a-z0-9]){0,30}";

    private static final Map<String, String> PATTERNS = Map.of(
            "date",
            DATE,
            "time",
            TIME,
            "date-time",
            DATE + "T" + TIME,
            "duration",
            "P(?:[1-9]\\d{0,3}D|T[1-9]\\d{0,3}[HMS])",
            "uuid",
            "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
            "ipv4",
            OCTET + "(?:\\." + OCTET + "){3}",
            "email",
            "[a-z0-9](?:[._+-]?[a-z0-9]){0,30}@" + LABEL + "(?:\\." + LABEL + "){0,2}\\.(?:com|org|net|edu|info)",
            "hostname",
            LABEL + "(?:\\." + LABEL + "){0,3}",
            "uri",
            "https?://" + LABEL + "(?:\\." + LABEL + "){0,3}(?:/[A-Za-z0-9_.~-]{1,40}){0,8}/?");

    /** What the standard names and is not supported; any other name says nothing to the standard either. */
    private static final Set<String> UNSUPPORTED = Set.of(
            "idn-email",
            "idn-hostname",
            "ipv6",
            "uri-reference",
            "iri",
            "iri-reference",
            "uri-template",
            "json-pointer",
            "relative-json-pointer",
            "regex");

    private Formats() {}

    /** The strings of a format as a regular expression; null where the format is an annotation. */
    static @Nullable String pattern(String format) {
        String pattern = PATTERNS.get(format);
        return pattern == null ? null : "^" + pattern + "$";
    }

    static boolean isUnsupported(String format) {
        return UNSUPPORTED.contains(format);
    }

    /** The formats that strings are made to fit. */
    static Set<String> supported() {
        return PATTERNS.keySet();
    }
}
