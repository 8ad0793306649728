package dev.hydra.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hydra.Hydra;
import dev.hydra.decode.DecodeListener;
import dev.hydra.spring.Reciter;
import dev.hydra.spring.SlowSteps;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/**
 * The page in a real browser, with real clicks and keys, on the real application below a context path: answers of the reciter, which
 * are known. Skipped where there is no Chromium.
 */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "server.servlet.context-path=/try",
            "hydra.chat.max-tokens=3900",
            "hydra.cache.rows=1",
            "sample.suggestions=say abc,say <b>vw"
        })
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PageTest {

    private static final String ALPHABET = "defghijklmnopqrstuvwxyz";
    private static final String END = "<|end|>";
    private static final String AXE = "classpath*:META-INF/resources/webjars/axe-core/*/axe.min.js";
    private static final String IDLE = "document.querySelector('#stop').hidden";

    @TempDir
    static Path folder;

    private static Browser browser;

    @LocalServerPort
    private int port;

    @Autowired
    private Hydra hydra;

    @TestConfiguration(proxyBeanMethods = false)
    static class Paced {

        /** A reader stops an answer before it is over. */
        @Bean
        DecodeListener pace() {
            return new SlowSteps(Duration.ofMillis(15));
        }
    }

    @DynamicPropertySource
    static void reciter(DynamicPropertyRegistry properties) {
        properties.add("hydra.model.location", () -> Reciter.writeModel(folder).toString());
        properties.add(
                "hydra.heads.location", () -> Reciter.writeHeads(folder) + "," + Reciter.writeMedusaHeads(folder));
    }

    @BeforeAll
    static void start(@TempDir Path profile) throws IOException, InterruptedException {
        assumeTrue(
                Browser.program().isPresent(),
                "there is no Chromium: install the package 'chromium', or set the system property chromium to a browser");
        browser = new Browser(Browser.program().get(), Files.createDirectories(profile));
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void open() {
        browser.size(1280, 900);
        browser.prefer("prefers-color-scheme", "light");
        browser.open("about:blank");
        browser.open(page());
        browser.await("document.querySelectorAll('#suggestions button').length === 2");
        untilIdle();
    }

    private String page() {
        return "http://127.0.0.1:" + port + "/try/";
    }

    @Test
    void answersWhatIsTypedAndSentByAClick() {
        send("say abc");

        assertThat(browser.texts(".question")).containsExactly("say abc");
        assertThat(browser.text(".turn .text")).isEqualTo(ALPHABET);
        assertThat(browser.text("#counts")).startsWith("24 tokens in ").endsWith(" steps · Hydra");
        assertThat(Double.parseDouble(browser.text("#acceptance"))).isGreaterThan(2);
        assertThat(browser.errors()).isEmpty();
    }

    @Test
    void answersASuggestion() {
        assertThat(browser.texts("#suggestions button")).containsExactly("say abc", "say <b>vw");
        browser.click("#suggestions li:nth-child(2) button");
        browser.await(IDLE + " && document.querySelector('.counts').textContent !== ''");

        assertThat(browser.texts(".question")).containsExactly("say <b>vw");
        assertThat(browser.text(".turn .text")).isEqualTo("xyz");
    }

    @Test
    void showsTheAnswerPieceByPieceAndStopsItByAClick() {
        ask("count: 0");
        browser.await("document.querySelector('.streaming .text')?.textContent.length > 20");
        int before = browser.text(".turn .text").length();
        browser.await("document.querySelector('.turn .text').textContent.length > " + (before + 20));
        browser.click("#stop");
        browser.await(IDLE);

        assertThat(browser.text(".turn .note")).isEqualTo("Stopped");
        assertThat(browser.text(".turn .text")).matches("[0-9]{40,3899}");
        untilIdle();
        send("say vw");
        assertThat(browser.texts(".turn .text").get(1)).isEqualTo("xyz");
    }

    @Test
    void stopsByTheEscapeKey() {
        ask("count: 0");
        browser.await("document.querySelector('.streaming .text')?.textContent.length > 20");
        browser.press(Browser.Key.ESCAPE);
        browser.await(IDLE);

        assertThat(browser.text(".turn .note")).isEqualTo("Stopped");
        untilIdle();
    }

    @Test
    void coloursEveryWordByTheHeadItCameFrom() {
        send("say abc");

        assertThat(browser.count(".turn .run.from-0")).isPositive();
        assertThat(browser.count(".turn .run.from-3")).isPositive();
        assertThat(browser.texts("#legend button")).containsExactly("Base model", "Head 1", "Head 2", "Head 3");
        assertThat(browser.isTrue("""
                ['1', '2', '3'].every((head) => {
                  const style = (selector) => getComputedStyle(document.querySelector(selector));
                  return style('.turn .from-' + head).backgroundColor === style('#legend .from-' + head).backgroundColor;
                })""")).isTrue();
        assertThat(browser.isTrue("""
                new Set(['0', '1', '2', '3'].map((head) =>
                  getComputedStyle(document.querySelector('.turn .from-' + head)).borderBottomWidth)).size === 4""")).as("colour is not the only sign").isTrue();

        browser.click("#legend li:nth-child(3) button");
        assertThat(browser.isTrue("getComputedStyle(document.querySelector('.turn .from-1')).opacity < 0.5"))
                .isTrue();
        assertThat(browser.isTrue("getComputedStyle(document.querySelector('.turn .from-2')).opacity === '1'"))
                .isTrue();
        browser.click("#legend li:nth-child(3) button");

        browser.click("#colours + .track");
        assertThat(
                        browser.isTrue(
                                "getComputedStyle(document.querySelector('.turn .from-1')).backgroundColor === 'rgba(0, 0, 0, 0)'"))
                .isTrue();
        browser.click("#colours + .track");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "medusa", "hydra"})
    void drawsEveryStepWithTheKeptNodesLit(String mode) {
        browser.evaluate("document.querySelector('input[value=%s]').click()".formatted(mode));
        send("say abc");
        int steps =
                browser.evaluate("Number(document.querySelector('#step').max)").asInt();

        browser.evaluate("document.querySelector('#step').focus()");
        browser.press(Browser.Key.HOME);
        StringBuilder said = new StringBuilder(ALPHABET.substring(0, 1));
        for (int step = 1; step <= steps; step++) {
            assertThat(browser.text("#place")).isEqualTo("Step %d of %d".formatted(step, steps));
            assertThat(browser.texts("#drawing .node.root text")).hasSize(1);
            List<String> kept = browser.texts("#drawing .node.kept text");
            List<String> bonus = browser.texts("#drawing .node.bonus text");
            String words = String.join("", kept) + String.join("", bonus);
            assertThat(String.join("", browser.texts(".turn .said.marked"))).isEqualTo(words.replace(END, ""));
            assertThat(browser.evaluate("document.querySelector('#drawing svg').getAttribute('aria-label')")
                            .asString())
                    .isEqualTo(browser.text("#told"));
            assertThat(browser.count("#strip .now i")).isEqualTo(kept.size() + bonus.size());
            said.append(words);
            browser.press(Browser.Key.RIGHT);
        }
        assertThat(said).hasToString(ALPHABET + END);
        assertThat(browser.count("#drawing .node.dropped") > 0).isEqualTo(!mode.equals("plain"));
        assertThat(browser.isTrue("document.querySelector('#depths').hidden")).isEqualTo(mode.equals("plain"));
    }

    @Test
    void countsWhatEachHeadGotRight() {
        send("say abc");

        assertThat(browser.texts("#bars li > :first-child")).containsExactly("Head 1", "Head 2", "Head 3");
        assertThat(browser.texts("#bars li > :last-child").get(0)).isEqualTo("100%");
    }

    @Test
    void showsTheStepOfAWordThatIsClicked() {
        send("say abc");
        send("say mn");

        browser.click(".turn:first-of-type [data-step=\"3\"]");

        assertThat(browser.text("#place")).startsWith("Step 3 of ");
        assertThat(browser.text(".turn:first-of-type .marked"))
                .isEqualTo(browser.text(".turn:first-of-type [data-step=\"3\"]"));
        browser.click(".turn:last-of-type .steps");
        assertThat(browser.count(".marked")).isZero();
        assertThat(browser.text("#counts")).startsWith("13 tokens");
    }

    @Test
    void remembersTheConversationUntilANewOneBegins() {
        long alone = promptTokens(() -> send("say vw"));
        long second = promptTokens(() -> send("say vw"));
        assertThat(alone).isEqualTo(1 + "say vw".length());
        assertThat(second).as("a question, its answer, the question").isEqualTo(2 * alone + 1 + "xyz".length());

        browser.click("#new");
        browser.await("document.querySelectorAll('.turn').length === 0");

        assertThat(browser.isTrue("document.activeElement.id === 'message'")).isTrue();
        assertThat(promptTokens(() -> send("say vw"))).isEqualTo(alone);
        assertThat(browser.isTrue("document.querySelector('#forgotten').hidden"))
                .isTrue();
    }

    @Test
    void endsAnAnswerThatIsOnItsWayWithItsConversation() {
        ask("count: 0");
        browser.await("document.querySelector('.streaming .text')?.textContent.length > 20");
        browser.click("#new");
        browser.await("document.querySelectorAll('.turn').length === 0 && " + IDLE);

        untilIdle();
        assertThat(promptTokens(() -> send("say vw"))).isEqualTo(1 + "say vw".length());
        assertThat(browser.texts(".turn .text")).containsExactly("xyz");
    }

    @Test
    void forgetsTheConversationWhenThePageIsLeft() {
        send("say vw");
        assertThat(browser.requests()).noneMatch(address -> address.contains("/api/conversations/"));
        browser.evaluate("""
                (() => {
                  const original = window.fetch;
                  window.fetch = (...all) => (window.answer_ = original(...all));
                })()""");
        browser.evaluate("dispatchEvent(new PageTransitionEvent('pagehide')), window.answer_.then(() => 0)");
        while (browser.requests().stream().noneMatch(address -> address.contains("/api/conversations/"))) {
            Browser.pause();
        }

        assertThat(promptTokens(() -> send("say vw"))).isEqualTo(1 + "say vw".length());
    }

    @Test
    void remembersAStoppedAnswerAsFarAsItWent() {
        ask("count: 0");
        browser.await("document.querySelector('.streaming .text')?.textContent.length > 20");
        long before = hydra.statistics().promptTokens();
        browser.click("#stop");
        browser.await(IDLE);
        send("say vw");
        untilIdle();

        assertThat(hydra.statistics().promptTokens() - before).isGreaterThan(1 + "count: 0".length() + 1 + 20 + 1 + 6);
    }

    @Test
    void drawsALineWhereTheModelsMemoryBegins() {
        send("say " + "a".repeat(1500) + "x");
        send("say " + "b".repeat(1500) + "x");

        assertThat(browser.isTrue("document.querySelector('#forgotten').hidden"))
                .isFalse();
        assertThat(
                        browser.isTrue(
                                "document.querySelector('#forgotten').nextElementSibling === document.querySelectorAll('.turn')[1]"))
                .isTrue();
        assertThat(browser.texts(".turn .text")).containsExactly("yz", "yz");
    }

    @Test
    void saysWhatIsWrongAndTriesAgain() {
        send("a".repeat(5000));

        assertThat(browser.text(".turn .problem")).contains("4096");
        browser.click(".turn .problem button");
        browser.await(IDLE + " && document.querySelectorAll('.turn .problem').length === 1");
        assertThat(browser.count(".turn")).isEqualTo(1);
    }

    @Test
    void racesThePlainModelAgainstItsHeads() {
        prepareRace("say abc");
        browser.click("#race-start");
        browser.await("!document.querySelector('#verdict').hidden");

        assertThat(browser.text("#lane-plain .text")).isEqualTo(ALPHABET);
        assertThat(browser.text("#lane-drafted .text")).isEqualTo(ALPHABET);
        assertThat(browser.text("#times")).contains("times as fast");
        assertThat(browser.text("#same"))
                .startsWith("Both answers are the same")
                .contains("23 characters");
        assertThat(browser.text("#lane-plain .passes")).isEqualTo("24 tokens in 23 steps");
        assertThat(browser.text("#lane-drafted .passes"))
                .startsWith("24 tokens in ")
                .doesNotContain(" 23 steps");
        assertThat(browser.count(".lane.won")).isEqualTo(1);
        assertThat(browser.errors()).isEmpty();
        untilIdle();
    }

    @Test
    void decodesTheLanesOneAfterTheOther() {
        browser.evaluate("""
                (() => {
                  const original = window.fetch;
                  window.open_ = 0;
                  window.most_ = 0;
                  window.fetch = async (...all) => {
                    const response = await original(...all);
                    if (String(all[0]) !== 'api/chat') return response;
                    window.most_ = Math.max(window.most_, ++window.open_);
                    const [one, other] = response.body.tee();
                    // until its end is told, which the page goes by, and not until the connection is at rest
                    const told = other.pipeThrough(new TextDecoderStream()).getReader();
                    (async () => {
                      for (let text = ''; !text.includes('event:done'); ) {
                        const { value, done } = await told.read();
                        if (done) break;
                        text += value;
                      }
                    })().catch(() => {}).finally(() => window.open_--);
                    return new Response(one, response);
                  };
                })()""");
        race("say :");
        browser.await("!document.querySelector('#verdict').hidden");

        assertThat(browser.evaluate("window.most_").asInt()).isEqualTo(1);
        assertThat(browser.text("#lane-plain .text")).startsWith(";<=>").isEqualTo(browser.text("#lane-drafted .text"));
    }

    @Test
    void stopsARaceThatIsOn() {
        race("count: 0");
        browser.await("document.querySelector('#lane-plain .text').textContent.length > 20");
        browser.press(Browser.Key.ESCAPE);
        browser.await("document.querySelector('#race-stop').hidden");

        assertThat(browser.text("#lane-plain .state")).isEqualTo("Stopped");
        assertThat(browser.isTrue("document.querySelector('#verdict').hidden")).isTrue();
        untilIdle();
    }

    @Test
    void worksWithTheKeyboardAlone() {
        assertThat(focused()).isEqualTo("message");
        browser.type("say abc");
        browser.press(Browser.Key.ENTER);
        browser.await("document.querySelector('.turn .text')?.textContent === '%s' && %s".formatted(ALPHABET, IDLE));
        assertThat(focused()).isEqualTo("message");

        Set<String> reached = new LinkedHashSet<>();
        for (String at = ""; !reached.contains(at); ) {
            reached.add(at);
            browser.press(Browser.Key.TAB);
            at = focused();
            assertThat(browser.isTrue("document.activeElement === document.body || " + FOCUS_SHOWS))
                    .as("focus shows at " + at)
                    .isTrue();
        }
        assertThat(reached)
                .contains("Skip to the question", "Chat", "Race", "Head 1", "colours", "new", "scroll", "Show steps")
                .contains("step", "drawing", "say abc", "message", "mode", "temperature");

        browser.evaluate("document.querySelector('#step').focus()");
        browser.press(Browser.Key.LEFT);
        assertThat(browser.text("#place")).matches("Step (\\d+) of \\d+");
        assertThat(browser.count(".marked")).isPositive();
        browser.evaluate("document.querySelector('#views a[href=\"#race\"]').focus()");
        browser.press(Browser.Key.ENTER);
        browser.await("!document.querySelector('#race').hidden");
        browser.evaluate("document.querySelector('#race-prompt').focus()");
        browser.press(Browser.Key.ENTER);
        browser.await("!document.querySelector('#verdict').hidden");
        assertThat(focused()).isIn("race-start", "race-prompt");
    }

    private static final String FOCUS_SHOWS = """
            [document.activeElement, document.activeElement.nextElementSibling, document.activeElement.parentElement]
              .some((shown) => shown && (getComputedStyle(shown).outlineStyle !== 'none' || getComputedStyle(shown).boxShadow !== 'none'))""";

    @Test
    void startsANewLineWithShiftAndEnter() {
        browser.type("say");
        browser.pressWithShift(Browser.Key.ENTER);

        assertThat(browser.count(".turn")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"light", "dark"})
    void isReadableInLightAndDark(String scheme) {
        browser.prefer("prefers-color-scheme", scheme);
        send("say abc");
        browser.evaluate("document.querySelector('#step').focus()");
        browser.press(Browser.Key.HOME);

        List<String> faint = new ArrayList<>();
        browser.evaluate(CONTRASTS).forEach(found -> faint.add(found.asString()));

        assertThat(faint).as("text of less contrast than 4.5").isEmpty();
        assertThat(browser.evaluate("getComputedStyle(document.body).backgroundColor")
                        .asString())
                .isEqualTo(scheme.equals("light") ? "rgb(246, 247, 249)" : "rgb(14, 19, 25)");
    }

    @ParameterizedTest
    @CsvSource({"light, 1280", "light, 360", "dark, 1280", "dark, 360"})
    void keepsTheRulesOfAccessibility(String scheme, int width) throws IOException {
        browser.prefer("prefers-color-scheme", scheme);
        browser.size(width, 740);
        assertNoViolations("welcome");
        send("say abc");
        assertNoViolations("chat");
        if (width < 1024) {
            browser.click("#panel-toggle");
            assertNoViolations("chat with its steps");
        }
        race("say abc");
        browser.await("!document.querySelector('#verdict').hidden");
        assertNoViolations("race");
    }

    private static void assertNoViolations(String view) throws IOException {
        Resource[] axe = new PathMatchingResourcePatternResolver().getResources(AXE);
        assertThat(axe).hasSize(1);
        browser.evaluate(axe[0].getContentAsString(StandardCharsets.UTF_8) + "; 0");
        assertThat(browser.evaluate("""
                axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)))""").toString())
                .as("what axe finds wrong with the " + view)
                .isEqualTo("[]");
    }

    /** Texts that are hard to read: of less contrast with what lies behind them than WCAG's 4.5. */
    private static final String CONTRASTS = """
            (() => {
              const parse = (colour) => (colour.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
              const luminance = ([red, green, blue]) => {
                const [r, g, b] = [red, green, blue].map((part) => part / 255)
                  .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
              };
              const behind = (at) => {
                for (; at; at = at.parentElement) {
                  const [r, g, b, alpha = 1] = parse(getComputedStyle(at).backgroundColor);
                  if (alpha === 1) return [r, g, b];
                }
                return [255, 255, 255];
              };
              const ratio = (one, other) => {
                const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
                return (high + 0.05) / (low + 0.05);
              };
              const faint = [];
              document.querySelectorAll('body *').forEach((at) => {
                const told = Array.from(at.childNodes).some((node) => node.nodeType === 3 && node.data.trim() !== '');
                if (!told || !at.checkVisibility() || at.closest('.hidden, .skip, :disabled, title')) return;
                const drawn = at instanceof SVGElement;
                const rect = drawn ? at.parentElement.querySelector('rect') : null;
                const back = rect ? parse(getComputedStyle(rect).fill) : behind(drawn ? at.closest('#drawing') : at);
                const found = ratio(parse(drawn ? getComputedStyle(at).fill : getComputedStyle(at).color), back);
                if (found < 4.5) faint.push(`${at.outerHTML.slice(0, 90)}: ${found.toFixed(2)}`);
              });
              return faint;
            })()""";

    @ParameterizedTest
    @ValueSource(ints = {360, 768, 1024, 1440})
    void fitsEveryWidth(int width) {
        browser.size(width, 740);
        send("say abc");
        send("{x} " + "a".repeat(200) + "x");
        assertFits(width);

        if (width < 1024) {
            browser.click("#panel-toggle");
            assertThat(browser.isTrue("document.querySelector('#drawing svg').checkVisibility()"))
                    .isTrue();
            assertFits(width);
            browser.click("#panel-toggle");
        }
        race("say abc");
        browser.await("!document.querySelector('#verdict').hidden");
        assertFits(width);
    }

    private static void assertFits(int width) {
        assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt())
                .isLessThanOrEqualTo(width);
        assertThat(browser.evaluate("document.documentElement.scrollHeight - innerHeight")
                        .asInt())
                .as("the page scrolls inside, not as a whole")
                .isZero();
        assertThat(browser.evaluate("""
                Array.from(document.querySelectorAll('button, input, a, select, textarea, .answer, .question, .lane'))
                  .filter((at) => at.checkVisibility() && !at.closest('#suggestions, #strip, .skip'))
                  .filter((at) => at.getBoundingClientRect().right > innerWidth + 0.5 || at.getBoundingClientRect().left < -0.5)
                  .map((at) => at.outerHTML.slice(0, 80))""").toString()).isEqualTo("[]");
    }

    @Test
    void holdsStillForThoseWhoPreferIt() {
        browser.prefer("prefers-reduced-motion", "reduce");
        ask("count: 0");
        browser.await("document.querySelector('.streaming .text')?.textContent.length > 20");

        assertThat(browser.evaluate(
                                "getComputedStyle(document.querySelector('.streaming .text'), '::after').animationName")
                        .asString())
                .isEqualTo("none");
        browser.press(Browser.Key.ESCAPE);
        browser.await(IDLE);
        untilIdle();
        race("say abc");
        browser.await("!document.querySelector('#verdict').hidden");
        assertThat(browser.text("#lane-plain .text")).isEqualTo(ALPHABET);
        browser.prefer("prefers-reduced-motion", "");
    }

    @Test
    void talksToItsOwnServerAlone() {
        send("say abc");
        race("say abc");
        browser.await("!document.querySelector('#verdict').hidden");

        assertThat(browser.requests())
                .contains(page(), page() + "app.js", page() + "style.css", page() + "api/about", page() + "api/chat")
                .allMatch(address -> address.startsWith(page()));
        assertThat(browser.errors()).isEmpty();
        assertThat(browser.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', (refused) => refused.name)")
                        .asString())
                .isEqualTo("TypeError");
        assertThat(browser.errors()).anyMatch(error -> error.contains("Content Security Policy"));
    }

    @Test
    void takesTokensAndQuestionsAsText() {
        send("<img src=x> ;");

        assertThat(browser.text(".question")).isEqualTo("<img src=x> ;");
        assertThat(browser.text(".turn .text")).startsWith("<=>?@ABC");
        assertThat(browser.count("#conversation img")).isZero();
    }

    private void ask(String question) {
        browser.click("#message");
        browser.type(question);
        browser.click("#send");
    }

    private void send(String question) {
        int turns = browser.count(".turn");
        ask(question);
        browser.await("document.querySelectorAll('.turn').length === %d && %s".formatted(turns + 1, IDLE));
        // the instruments follow at their own pace
        browser.await(
                "document.querySelector('#counts').textContent === (document.querySelector('.turn:last-of-type .counts')?.textContent.split(' · ').slice(0, 2).join(' · ') ?? '')"
                        + " || document.querySelector('.turn .problem') !== null");
    }

    private void race(String prompt) {
        prepareRace(prompt);
        browser.press(Browser.Key.ENTER);
    }

    private static void prepareRace(String prompt) {
        browser.click("#views a[href=\"#race\"]");
        browser.await("!document.querySelector('#race').hidden");
        browser.evaluate("document.querySelector('#race-prompt').value = ''");
        browser.click("#race-prompt");
        browser.type(prompt);
    }

    private static String focused() {
        return browser.evaluate("""
                document.activeElement.id || document.activeElement.name || document.activeElement.textContent.trim()""").asString();
    }

    private long promptTokens(Runnable question) {
        untilIdle();
        long before = hydra.statistics().promptTokens();
        question.run();
        untilIdle();
        return hydra.statistics().promptTokens() - before;
    }

    private void untilIdle() {
        while (hydra.queued() + hydra.active() > 0) {
            Browser.pause();
        }
    }
}
