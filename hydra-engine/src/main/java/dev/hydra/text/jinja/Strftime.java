package dev.hydra.text.jinja;

import java.time.Clock;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Dates as C's {@code strftime} writes them, in English. */
final class Strftime {
    private Strftime() {}

    static String format(String format, Clock clock) {
        ZonedDateTime now = ZonedDateTime.now(clock);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                text.append(c);
                continue;
            }
            c = format.charAt(++i);
            if (c == '-' && i + 1 < format.length()) {
                // as GNU's: without leading zeros
                String digits = directive(format.charAt(++i), now);
                text.append(digits.replaceFirst("^0+(?=.)", ""));
            } else {
                text.append(directive(c, now));
            }
        }
        return text.toString();
    }

    private static String directive(char directive, ZonedDateTime now) {
        return switch (directive) {
            case 'a' -> pattern("EEE", now);
            case 'A' -> pattern("EEEE", now);
            case 'b', 'h' -> pattern("MMM", now);
            case 'B' -> pattern("MMMM", now);
            case 'c' ->
                pattern("EEE MMM ", now) + "%2d".formatted(now.getDayOfMonth()) + pattern(" HH:mm:ss yyyy", now);
            case 'C' -> pattern("yyyy", now).substring(0, 2);
            case 'd' -> pattern("dd", now);
            case 'D', 'x' -> pattern("MM/dd/yy", now);
            case 'e' -> "%2d".formatted(now.getDayOfMonth());
            case 'f' -> pattern("SSSSSS", now);
            case 'F' -> pattern("yyyy-MM-dd", now);
            case 'H' -> pattern("HH", now);
            case 'I' -> pattern("hh", now);
            case 'j' -> pattern("DDD", now);
            case 'm' -> pattern("MM", now);
            case 'M' -> pattern("mm", now);
            case 'n' -> "\n";
            case 'p' -> now.getHour() < 12 ? "AM" : "PM";
            case 'R' -> pattern("HH:mm", now);
            case 's' -> Long.toString(now.toEpochSecond());
            case 'S' -> pattern("ss", now);
            case 't' -> "\t";
            case 'T', 'X' -> pattern("HH:mm:ss", now);
            case 'u' -> Integer.toString(now.getDayOfWeek().getValue());
            case 'w' -> Integer.toString(now.getDayOfWeek().getValue() % 7);
            case 'U' -> week(now, now.getDayOfWeek().getValue() % 7);
            case 'W' -> week(now, now.getDayOfWeek().getValue() - 1);
            case 'y' -> pattern("yy", now);
            case 'Y' -> pattern("yyyy", now);
            case 'z', 'Z' -> ""; // transformers' time has no zone
            case '%' -> "%";
            default -> "%" + directive;
        };
    }

    /** Weeks of the year, the first one beginning on its first day of a week. */
    private static String week(ZonedDateTime now, int dayOfWeek) {
        return "%02d".formatted((now.getDayOfYear() + 6 - dayOfWeek) / 7);
    }

    private static String pattern(String pattern, ZonedDateTime now) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(now);
    }
}
