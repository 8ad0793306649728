package dev.hydra.spring.actuate;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/** What the {@link HydraEndpoint} says over HTTP to what it refuses: the reason, which a server's error page would leave out. */
@EndpointWebExtension(endpoint = HydraEndpoint.class)
public final class HydraEndpointWebExtension {

    private final HydraEndpoint endpoint;

    /** @param endpoint the endpoint that is extended */
    public HydraEndpointWebExtension(HydraEndpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** As {@link HydraEndpoint#configure}; what is refused gets status 400. */
    @WriteOperation
    public WebEndpointResponse<?> configure(@Nullable String mode, @Nullable String tree) {
        try {
            return new WebEndpointResponse<>(endpoint.configure(mode, tree));
        } catch (InvalidEndpointRequestException refused) {
            return new WebEndpointResponse<>(new Refusal(refused.getReason()), WebEndpointResponse.STATUS_BAD_REQUEST);
        }
    }

    /** Why nothing was changed. */
    public record Refusal(@Nullable String reason) {}
}
