package dev.hydra.checkpoint;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which of several files holds which tensor, and the strict checks on them. */
final class TensorTable implements AutoCloseable {
    private final String title;
    private final Collection<TensorFile> files;
    private final Map<String, TensorFile> places;

    private TensorTable(String title, Collection<TensorFile> files, Map<String, TensorFile> places) {
        this.title = title;
        this.files = files;
        this.places = Collections.unmodifiableMap(places);
    }

    /** All tensors of one file. */
    static TensorTable of(TensorFile file) {
        Map<String, TensorFile> places = new TreeMap<>();
        file.tensors().keySet().forEach(name -> places.put(name, file));
        return new TensorTable(file.name(), List.of(file), places);
    }

    /**
     * All tensors of several files.
     *
     * @param index the index' file name
     * @param files by file name
     * @param listed file name by tensor, as the index has it
     */
    static TensorTable of(String index, Map<String, ? extends TensorFile> files, Map<String, String> listed) {
        Map<String, TensorFile> places = new TreeMap<>();
        for (TensorFile file : files.values()) {
            file.tensors().keySet().forEach(name -> places.put(name, file));
        }
        listed.forEach((name, fileName) -> {
            TensorFile file = files.get(fileName);
            if (file == null || !file.tensors().containsKey(name)) {
                throw new CheckpointException(
                        "%s: tensor '%s' is missing; %s says that it is here".formatted(fileName, name, index));
            }
            places.put(name, file);
        });
        return new TensorTable(index, List.copyOf(files.values()), places);
    }

    /** The file's name, or the index' where there are several files. */
    String title() {
        return title;
    }

    /** Those tensors whose names begin so; closing either table closes the files. */
    TensorTable startingWith(String prefix) {
        Map<String, TensorFile> kept = new TreeMap<>(places);
        kept.keySet().removeIf(name -> !name.startsWith(prefix));
        return new TensorTable(title, files, kept);
    }

    Set<String> names() {
        return places.keySet();
    }

    TensorInfo info(String name) {
        return place(name).info(name);
    }

    /** Whether two tensors consist of the very same bytes of one file, so that loading one loads both. */
    boolean areAliases(String one, String other) {
        return place(one) == place(other) && info(one).isAliasOf(info(other));
    }

    StoredTensor tensor(String name) {
        return place(name).tensor(name);
    }

    void requireExactly(Set<String> expected, Set<String> ignorable) {
        Set<String> missing = new TreeSet<>(expected);
        missing.removeAll(places.keySet());
        if (!missing.isEmpty()) {
            throw new CheckpointException("%s: tensor '%s' is missing%s; expected %d tensors in all"
                    .formatted(title, missing.iterator().next(), others(missing), expected.size()));
        }
        Set<String> extra = new TreeSet<>(places.keySet());
        extra.removeAll(expected);
        extra.removeAll(ignorable);
        if (!extra.isEmpty()) {
            String name = extra.iterator().next();
            throw new CheckpointException("%s: tensor '%s'%s has no place in the model; expected %d tensors in all"
                    .formatted(place(name).name(), name, others(extra), expected.size()));
        }
    }

    void requireShape(String name, List<Long> shape, String asking) {
        List<Long> found = info(name).shape();
        if (!found.equals(shape)) {
            throw new CheckpointException("%s: tensor '%s' is %s; %s asks for %s"
                    .formatted(place(name).name(), name, Shapes.text(found), asking, Shapes.text(shape)));
        }
    }

    @Override
    public void close() {
        files.forEach(TensorFile::close);
    }

    private TensorFile place(String name) {
        TensorFile file = places.get(name);
        if (file == null) {
            throw new CheckpointException(
                    "%s: tensor '%s' is missing; there are %d others".formatted(title, name, places.size()));
        }
        return file;
    }

    private static String others(Set<String> names) {
        return names.size() == 1 ? "" : " (and %d more)".formatted(names.size() - 1);
    }

    static List<Long> shape(long... sizes) {
        List<Long> shape = new ArrayList<>();
        for (long size : sizes) {
            shape.add(size);
        }
        return shape;
    }
}
