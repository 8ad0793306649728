package dev.hydra.training.cli;

import dev.hydra.Pairing;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.hub.Hub;
import dev.hydra.hub.HubContent;
import dev.hydra.hub.HubLocation;
import dev.hydra.hub.HubOptions;
import dev.hydra.training.console.Console;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Where models and heads are: in folders, or on the Hugging Face hub; mixed into the commands that read them. A token is taken from the
 * environment alone, because a command line can be read by others.
 */
final class LocationOptions {
    /** How a location is written. */
    static final String LABEL = "DIR|hf://OWNER/NAME[@REVISION]";

    @Option(
            names = "--hub-endpoint",
            paramLabel = "URL",
            description = "the hub or a mirror of it (default: what HF_ENDPOINT says, else https://huggingface.co)")
    private @Nullable String endpoint;

    @Option(
            names = "--hub-cache",
            paramLabel = "DIR",
            description = "folder of what is downloaded (default: that of Hugging Face's own tools)")
    private @Nullable Path cache;

    @Option(names = "--hub-offline", description = "download nothing, use what the folder has; as HF_HUB_OFFLINE does")
    private boolean offline;

    /** The folder of a base model. */
    Path model(String location, Console console) throws InterruptedException {
        return folder(location, HubContent.MODEL, console);
    }

    /** The folder of draft heads. */
    Path heads(String location, Console console) throws InterruptedException {
        return folder(location, HubContent.HEADS, console);
    }

    /** The folder of heads or of a base model, whatever the location has. */
    Path any(String location, Console console) throws InterruptedException {
        Path folder = heads(location, console);
        return HubLocation.isHub(location) && HeadsCheckpoint.isInsideBase(folder) ? model(location, console) : folder;
    }

    /** The folder of the base model that heads name as theirs. */
    Path base(List<Path> heads, Console console) throws InterruptedException {
        String base = Pairing.base(heads);
        console.say("the heads were trained for " + base);
        return model(base, console);
    }

    private Path folder(String location, HubContent content, Console console) throws InterruptedException {
        if (!HubLocation.isHub(location)) {
            return Path.of(location);
        }
        HubLocation repository = HubLocation.parse(location);
        return new Hub(options(), new DownloadProgress(console)).fetch(repository, content);
    }

    private HubOptions options() {
        HubOptions.Builder options =
                HubOptions.fromEnvironment(System::getenv, Path.of(System.getProperty("user.home")));
        if (endpoint != null) {
            options.endpoint(endpoint);
        }
        if (cache != null) {
            options.cache(cache);
        }
        if (offline) {
            options.offline(true);
        }
        return options.build();
    }
}
