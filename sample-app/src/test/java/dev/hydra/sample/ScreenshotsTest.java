package dev.hydra.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * Takes the pictures of the documentation: the page on the embedded model, in a browser. Into {@code docs/images}:
 *
 * <pre>mvn test -pl sample-app -am -Dtest=ScreenshotsTest -Dsurefire.failIfNoSpecifiedTests=false -Dscreenshots=$PWD/docs/images</pre>
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@EnabledIfSystemProperty(
        named = "screenshots",
        matches = ".+",
        disabledReason = "takes pictures for the documentation, into the folder that -Dscreenshots names")
class ScreenshotsTest {

    private static final int LARGEST = 200_000;
    private static final int WIDTH = 1120;
    private static final int HEIGHT = 760;
    private static final String IDLE = "document.querySelector('#stop').hidden";

    @LocalServerPort
    private int port;

    @Test
    void takesThePicturesOfTheDocumentation(@TempDir Path profile) throws IOException, InterruptedException {
        Path folder = Files.createDirectories(Path.of(System.getProperty("screenshots")));
        try (Browser browser = new Browser(Browser.program().orElseThrow(), profile)) {
            take(browser, "http://127.0.0.1:" + port + "/", folder);
        }
    }

    private static void take(Browser browser, String page, Path folder) throws IOException {
        for (String scheme : new String[] {"light", "dark"}) {
            browser.prefer("prefers-color-scheme", scheme);
            browser.size(WIDTH, HEIGHT);
            browser.open("about:blank");
            browser.open(page);
            browser.await("document.querySelectorAll('#suggestions button').length > 1");
            ask(browser, 1);
            ask(browser, 3);
            browser.click(".turn:first-of-type .steps");
            // a step in the middle, of which much was kept
            browser.evaluate("document.querySelector('#step').focus()");
            browser.press(Browser.Key.HOME);
            int steps = browser.evaluate("Number(document.querySelector('#step').max)")
                    .asInt();
            for (int step = 1; step < steps && (step < 12 || browser.count("#drawing .node.kept") < 3); step++) {
                browser.press(Browser.Key.RIGHT);
            }
            browser.evaluate("document.querySelector('#message').focus()");
            write(folder, scheme.equals("light") ? "chat.png" : "chat-dark.png", browser.picture());
        }
        browser.prefer("prefers-color-scheme", "light");
        write(folder, "chat-steps.png", browser.picture("#panel"));

        browser.size(360, 740);
        browser.evaluate("document.activeElement.blur()");
        write(folder, "chat-phone-steps.png", browser.picture());
        browser.click("#panel-toggle");
        browser.evaluate("document.activeElement.blur()");
        browser.evaluate("document.querySelector('.marked').scrollIntoView({block: 'center'})");
        write(folder, "chat-phone.png", browser.picture());

        browser.size(WIDTH, HEIGHT);
        browser.open("about:blank");
        browser.open(page + "#race");
        browser.await("document.querySelector('#race-prompt').value !== ''");
        browser.click("#race-start");
        browser.await("!document.querySelector('#verdict').hidden");
        write(folder, "race.png", browser.picture());
    }

    private static void ask(Browser browser, int suggestion) {
        browser.click("#suggestions li:nth-child(%d) button".formatted(suggestion));
        browser.await("!" + IDLE);
        browser.await(IDLE);
    }

    private static void write(Path folder, String name, byte[] picture) throws IOException {
        Files.write(folder.resolve(name), picture);
        assertThat(picture.length).as("bytes of " + name).isLessThan(LARGEST);
    }
}
