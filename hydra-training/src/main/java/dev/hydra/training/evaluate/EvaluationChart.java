package dev.hydra.training.evaluate;

import java.awt.Color;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws an evaluation: tokens per step and the speed-up of every mode, as bars. */
final class EvaluationChart {

    private static final int WIDTH = 640;
    private static final int HEIGHT = 480;
    private static final Color BAR = new Color(0x4C72B0);
    private static final Color MARK = new Color(0x333333);

    private EvaluationChart() {}

    static void write(EvaluationReport report, Path file) throws IOException {
        System.setProperty("java.awt.headless", "true");
        List<String> labels = labels(report.results());
        CategoryChart length = bars(
                "Tokens per step",
                labels,
                report,
                result -> result.pooled().statistics().acceptanceLength());
        CategoryChart speedUp = bars(
                "Speed-up over plain decoding",
                labels,
                report,
                result -> report.speedUp(result).median());
        mark(speedUp, "lowest round", labels, report, Spread::lowest);
        mark(speedUp, "highest round", labels, report, Spread::highest);
        try (OutputStream out = Files.newOutputStream(file)) {
            BitmapEncoder.saveBitmap(List.of(length, speedUp), 1, 2, out, BitmapFormat.PNG);
        }
    }

    /** Each has to be another one, so plain decoding in a later engine is named after it. */
    private static List<String> labels(List<ModeResult> results) {
        return results.stream()
                .map(ModeResult::mode)
                .map(mode -> mode.engine() > 1 && mode.treeDepth() == 0
                        ? "%s %d".formatted(mode.label(), mode.engine())
                        : mode.label())
                .toList();
    }

    private static CategoryChart bars(
            String title, List<String> labels, EvaluationReport report, Function<ModeResult, Double> value) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title("%s, %s".formatted(title, report.subject().model()))
                .build();
        chart.getStyler().setLabelsVisible(true);
        chart.getStyler().setDecimalPattern("0.00");
        chart.getStyler().setOverlapped(true);
        chart.getStyler().setYAxisMin(0.0);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        CategorySeries series = chart.addSeries(
                "median", labels, report.results().stream().map(value).toList());
        series.setFillColor(BAR);
        return chart;
    }

    private static void mark(
            CategoryChart chart,
            String name,
            List<String> labels,
            EvaluationReport report,
            Function<Spread, Double> value) {
        List<Double> values = IntStream.range(0, labels.size())
                .mapToObj(place -> value.apply(report.speedUp(report.results().get(place))))
                .toList();
        CategorySeries series = chart.addSeries(name, labels, values);
        series.setChartCategorySeriesRenderStyle(CategorySeriesRenderStyle.Scatter);
        series.setLineStyle(SeriesLines.NONE);
        series.setMarker(name.startsWith("lowest") ? SeriesMarkers.TRIANGLE_UP : SeriesMarkers.TRIANGLE_DOWN);
        series.setMarkerColor(MARK);
    }
}
