package dev.hydra.training.grow;

import dev.hydra.training.grow.GrownTree.Size;
import java.awt.Color;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws what the size of a tree brings: tokens per step, and tokens per second. */
final class TreeChart {

    private static final int WIDTH = 640;
    private static final int HEIGHT = 480;

    private TreeChart() {}

    static void write(GrownTree grown, Path file) throws IOException {
        System.setProperty("java.awt.headless", "true");
        List<Size> chosen = List.of(grown.chosen().size());
        XYChart length = chart(grown, "tokens per step");
        add(
                length,
                "expected",
                grown.sizes(),
                SeriesMarkers.NONE,
                size -> size.tree().expected());
        add(
                length,
                "simulated",
                grown.sizes(),
                SeriesMarkers.NONE,
                size -> size.tree().simulated());
        add(length, "chosen", chosen, SeriesMarkers.DIAMOND, size -> size.tree().simulated());
        XYChart speed = chart(grown, "tokens per second");
        add(speed, "tokens per second", grown.sizes(), SeriesMarkers.NONE, Size::tokensPerSecond);
        List<Size> measured = grown.sizes().stream().filter(Size::measured).toList();
        add(speed, "timed", measured, SeriesMarkers.CIRCLE, Size::tokensPerSecond);
        add(speed, "chosen", chosen, SeriesMarkers.DIAMOND, Size::tokensPerSecond);
        try (OutputStream out = Files.newOutputStream(file)) {
            BitmapEncoder.saveBitmap(List.of(length, speed), 1, 2, out, BitmapFormat.PNG);
        }
    }

    private static XYChart chart(GrownTree grown, String quantity) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title("%s heads on %s, %s"
                        .formatted(
                                grown.subject().kind(),
                                grown.subject().base(),
                                grown.subject().device()))
                .xAxisTitle("nodes")
                .yAxisTitle(quantity)
                .build();
        chart.getStyler().setLegendPosition(LegendPosition.InsideSE);
        chart.getStyler().setYAxisMin(0.0);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        return chart;
    }

    private static void add(XYChart chart, String name, List<Size> sizes, Marker marker, Function<Size, Double> value) {
        XYSeries series = chart.addSeries(
                name,
                sizes.stream().map(size -> size.tree().nodes()).toList(),
                sizes.stream().map(value).toList());
        series.setMarker(marker);
        if (!marker.equals(SeriesMarkers.NONE)) {
            series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
        }
    }
}
