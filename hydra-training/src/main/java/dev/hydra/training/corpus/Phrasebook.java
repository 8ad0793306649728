package dev.hydra.training.corpus;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The named lists of words and sentences of one resource file; a file says at its top how it is written. */
final class Phrasebook {
    private final String name;
    private final Map<String, List<String>> sections;

    private Phrasebook(String name, Map<String, List<String>> sections) {
        this.name = name;
        this.sections = sections;
    }

    static Phrasebook read(String name) {
        Map<String, List<String>> sections = new LinkedHashMap<>();
        List<String> section = new ArrayList<>();
        for (String line : lines(name)) {
            if (line.startsWith("== ")) {
                section = new ArrayList<>();
                sections.put(line.substring(3).strip(), section);
            } else {
                section.add(line);
            }
        }
        sections.replaceAll((title, entries) -> List.copyOf(entries));
        return new Phrasebook(name, Collections.unmodifiableMap(sections));
    }

    /** The lines of a resource of this package, without comments and empty lines. */
    static List<String> lines(String name) {
        try (InputStream resource = Phrasebook.class.getResourceAsStream(name)) {
            if (resource == null) {
                throw new IllegalStateException(
                        "resource " + name + " is missing beside " + Phrasebook.class.getName());
            }
            var reader = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8));
            return reader.lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }

    /** The entries of a section, in the order of the file. */
    List<String> section(String title) {
        List<String> entries = sections.get(title);
        if (entries == null) {
            throw new IllegalArgumentException(
                    "%s has no section '%s'; it has %s".formatted(name, title, sections.keySet()));
        }
        return entries;
    }

    /** The entries of a section, each split into its columns, between which a bar stands with space on both sides. */
    List<List<String>> table(String title) {
        return section(title).stream()
                .map(line -> List.of(line.split("\\s+\\|\\s+", -1)))
                .toList();
    }

    /** The rows of a section whose first line names the columns, each as the values of these names. */
    List<Map<String, String>> rows(String title) {
        List<List<String>> table = table(title);
        List<String> names = table.get(0);
        return table.stream().skip(1).map(row -> row(title, names, row)).toList();
    }

    private Map<String, String> row(String title, List<String> names, List<String> row) {
        if (row.size() != names.size()) {
            throw new IllegalArgumentException(
                    "%s, section '%s': %s should have the columns %s".formatted(name, title, row, names));
        }
        Map<String, String> named = new LinkedHashMap<>();
        for (int column = 0; column < names.size(); column++) {
            named.put(names.get(column), row.get(column));
        }
        return Collections.unmodifiableMap(named);
    }
}
