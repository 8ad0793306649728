# What packed_products.py has, without packing: for GPUs, and for builds of libtorch without oneDNN.


def pack(weight: Tensor) -> Tensor:
    return weight


def product(x: Tensor, weight: Tensor, bias: Optional[Tensor], activation: str) -> Tensor:
    y = torch.linear(x, weight, bias)
    if activation == "swish":
        return torch.silu(y)
    return y


def product_plus(x: Tensor, other: Tensor, weight: Tensor, bias: Optional[Tensor]) -> Tensor:
    return other + torch.linear(x, weight, bias)
