package dev.hydra.graph;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How the graph multiplies by a weight matrix. */
enum Products {
    /** With weights in oneDNN's blocked layout: on a CPU they are read up to twice as fast. */
    PACKED("packed_products.py"),
    /** With weights as they are. */
    PLAIN("plain_products.py");

    private static final Logger log = LoggerFactory.getLogger(Products.class);
    private static final float EXPECTED = 32;

    private final String source;

    Products(String source) {
        this.source = source;
    }

    /** The resource that defines them. */
    String source() {
        return source;
    }

    /**
     * The fastest that this machine's libtorch has: builds without oneDNN, as for Apple's processors, have no packed ones, and
     * processors without bfloat16 arithmetic have none of that type.
     */
    static Products of(String device, DataType dataType) {
        if (!device.equals("cpu")) {
            return PLAIN;
        }
        GraphArchive probe = new GraphArchive("ProductsProbe").source(Products.class, PACKED.source);
        try (Script script = new Script(probe, Device.cpu());
                NDManager scope = script.manager().newSubManager()) {
            float found =
                    script.array(scope, "probe", Script.value(dataType.torch())).toFloatArray()[0];
            return found == EXPECTED ? PACKED : PLAIN;
        } catch (EngineException e) {
            log.info("this libtorch has no packed {} products for this processor, using plain ones", dataType);
            log.debug("why there are no packed products", e);
            return PLAIN;
        }
    }
}
