package dev.hydra.hub;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a repository holds.
 *
 * @param commit that the revision stands for now
 * @param files  by their paths; may be replaced by what is learned about them later
 */
record Listing(String commit, Map<String, HubFile> files) {
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

    /**
     * Reads the hub's answer.
     *
     * @throws IllegalArgumentException if it is something else
     */
    static Listing parse(String json) {
        try {
            JsonObject object = object(JsonParser.parseString(json));
            String commit = text(object.get("sha"));
            if (!HubLocation.COMMIT.matcher(commit).matches()) {
                throw new IllegalArgumentException("its 'sha' is no commit");
            }
            if (!(object.get("siblings") instanceof JsonArray siblings)) {
                throw new IllegalArgumentException("it has no list of 'siblings'");
            }
            Map<String, HubFile> files = new TreeMap<>();
            for (JsonElement sibling : siblings) {
                HubFile file = file(object(sibling));
                files.put(file.path(), file);
            }
            return new Listing(commit, files);
        } catch (JsonParseException e) {
            throw new IllegalArgumentException("it is not JSON", e);
        }
    }

    private static HubFile file(JsonObject file) {
        boolean large = file.get("lfs") instanceof JsonObject;
        JsonObject described = large ? file.getAsJsonObject("lfs") : file;
        return new HubFile(
                text(file.get("rfilename")),
                described.get("size") instanceof JsonPrimitive size && size.isNumber() ? size.getAsLong() : -1,
                hash(text(described.get(large ? "sha256" : "blobId"))));
    }

    private static JsonObject object(JsonElement element) {
        if (element instanceof JsonObject object) {
            return object;
        }
        throw new IllegalArgumentException("it is no JSON object");
    }

    private static String text(@Nullable JsonElement element) {
        return element instanceof JsonPrimitive text && text.isString() ? text.getAsString() : "";
    }

    /** A hash that a downloaded file can be held against; empty for anything else. */
    static String hash(String text) {
        String bare = text.startsWith("W/") ? text.substring(2) : text;
        String hash = bare.replace("\"", "");
        return HASH.matcher(hash).matches() ? hash : "";
    }
}
