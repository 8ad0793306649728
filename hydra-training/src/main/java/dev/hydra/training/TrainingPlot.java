package dev.hydra.training;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.ChartTheme;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws a training's log: the loss on the left, every head's accuracy on the right. */
final class TrainingPlot {

    private static final int WIDTH = 760;
    private static final int HEIGHT = 520;
    // points of the training curve: one per step would be a band
    private static final int POINTS = 200;
    private static final int FIRST_ACCURACY = 5 + HeadFigures.RANKS;

    private TrainingPlot() {}

    /** Writes a PNG; a log without steps or evaluations makes an empty chart. */
    static void write(TrainingLog log, String title, Path file) throws IOException {
        BitmapEncoder.saveBitmap(List.of(losses(log, title), accuracies(log)), 1, 2, file.toString(), BitmapFormat.PNG);
    }

    private static XYChart losses(TrainingLog log, String title) throws IOException {
        XYChart chart = chart(title, "loss, nats per token, all heads");
        List<Double> steps = new ArrayList<>();
        List<Double> losses = new ArrayList<>();
        List<TrainingLog.Step> all = log.steps();
        int window = Math.max(1, all.size() / POINTS);
        for (int from = 0; from < all.size(); from += window) {
            List<TrainingLog.Step> part = all.subList(from, Math.min(all.size(), from + window));
            steps.add((double) part.get(part.size() - 1).number());
            losses.add(
                    part.stream().mapToDouble(TrainingLog.Step::loss).average().orElseThrow());
        }
        add(chart, "training", steps, losses);
        TreeMap<Double, Double> validation = new TreeMap<>();
        log.evaluations().forEach(line -> validation.put(line.get(0), line.get(1)));
        add(chart, "validation", new ArrayList<>(validation.keySet()), new ArrayList<>(validation.values()));
        return chart;
    }

    private static XYChart accuracies(TrainingLog log) throws IOException {
        XYChart chart = chart("heads on the validation text", "same as the base's choice, %");
        TreeMap<Integer, List<List<Double>>> heads = new TreeMap<>();
        log.evaluations()
                .forEach(line -> heads.computeIfAbsent(line.get(2).intValue(), head -> new ArrayList<>())
                        .add(line));
        heads.forEach((head, lines) -> {
            for (int choices : List.of(1, HeadFigures.RANKS)) {
                add(
                        chart,
                        "head %d, top %d".formatted(head, choices),
                        lines.stream().map(line -> line.get(0)).toList(),
                        lines.stream()
                                .map(line -> 100 * line.get(FIRST_ACCURACY + choices - 1))
                                .toList());
            }
        });
        return chart;
    }

    private static XYChart chart(String title, String unit) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle("step")
                .yAxisTitle(unit)
                .theme(ChartTheme.XChart)
                .build();
        chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        return chart;
    }

    private static void add(XYChart chart, String name, List<Double> x, List<Double> y) {
        if (!x.isEmpty()) {
            chart.addSeries(name, x, y).setMarker(SeriesMarkers.NONE);
        }
    }
}
