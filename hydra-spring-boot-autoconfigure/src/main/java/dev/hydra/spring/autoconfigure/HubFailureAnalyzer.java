package dev.hydra.spring.autoconfigure;

import dev.hydra.hub.HubException;
import java.util.List;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Reports what cannot be had from the hub, with the properties that led there and the one that may help. */
final class HubFailureAnalyzer extends AbstractFailureAnalyzer<HubException> {

    private final SetProperties set;

    HubFailureAnalyzer(Environment environment) {
        this.set = new SetProperties(environment);
    }

    @Override
    protected FailureAnalysis analyze(Throwable root, HubException cause) {
        return new FailureAnalysis(
                "Hydra cannot get its model from the hub: %s.%s"
                        .formatted(
                                cause.getMessage(),
                                set.paragraph(List.of(HydraProperties.MODEL_LOCATION, HydraProperties.HEADS_LOCATION))),
                action(cause.reason()),
                cause);
    }

    private static String action(HubException.Reason reason) {
        String action = switch (reason) {
            case OFFLINE ->
                "Set {hub}.offline to false (or unset HF_HUB_OFFLINE) and start once with a connection, or set"
                        + " {hub}.cache to the folder that has the files.";
            case UNREACHABLE ->
                "Check the connection and its proxy, set {hub}.endpoint to a mirror that can be reached, or copy the"
                        + " files and set the location to their folder. What has been downloaded is kept.";
            case BUSY ->
                "Start again later: what has been downloaded is kept. With {hub}.token set, or with fewer {hub}.downloads, the"
                        + " hub is asked less as a stranger.";
            case REFUSED ->
                "Accept the model's conditions on its page, if it has any, and set {hub}.token or the variable"
                        + " HF_TOKEN to a token that may read it.";
            case NOT_FOUND -> "Correct {model} or {heads}: hf://owner/name, or hf://owner/name@revision.";
            case INCOMPLETE ->
                "Set {model} to a repository with safetensors or PyTorch weights, and {heads} to one with draft heads.";
            case CORRUPT -> "Start again. If it stays, set {hub}.endpoint to another mirror, or to the hub itself.";
            case NO_SPACE -> "Make room, or set {hub}.cache to a folder on a larger disk.";
            case CACHE -> "Set {hub}.cache to a folder that this process may write.";
        };
        return action.replace("{hub}", HydraProperties.HUB)
                .replace("{model}", HydraProperties.MODEL_LOCATION)
                .replace("{heads}", HydraProperties.HEADS_LOCATION);
    }
}
