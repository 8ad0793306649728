package dev.hydra.training.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** What was built, as the build says. */
final class BuildVersion implements IVersionProvider {
    private static final String RESOURCE = "version.properties";

    @Override
    public String[] getVersion() throws IOException {
        Properties build = new Properties();
        try (InputStream resource = BuildVersion.class.getResourceAsStream(RESOURCE)) {
            if (resource == null) {
                throw new IllegalStateException(
                        "resource dev/hydra/training/cli/%s is missing from the jar".formatted(RESOURCE));
            }
            build.load(resource);
        }
        return new String[] {
            "hydra " + build.getProperty("version"),
            "PyTorch %s, DJL %s, Java %s"
                    .formatted(
                            build.getProperty("pytorch"), build.getProperty("djl"), System.getProperty("java.version"))
        };
    }
}
