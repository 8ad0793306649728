# Products with weights in oneDNN's blocked layout, which a CPU reads at the memory's speed. Packed beside hydra_llama.py where
# this machine's libtorch has them; the importer refuses a file that names operators it does not know. See plain_products.py.


def pack(weight: Tensor) -> Tensor:
    return ops.mkldnn._reorder_linear_weight(weight, 8)


# activation is "none" or "swish", which others call silu.
def product(x: Tensor, weight: Tensor, bias: Optional[Tensor], activation: str) -> Tensor:
    return ops.mkldnn._linear_pointwise(x, weight, bias, activation, annotate(List[Optional[number]], []), "")


# The product and a sum: x W^T + bias + other.
def product_plus(x: Tensor, other: Tensor, weight: Tensor, bias: Optional[Tensor]) -> Tensor:
    return ops.mkldnn._linear_pointwise(x, other, weight, bias, "add")


class ProductsProbe(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    # 32 everywhere, if the products work for the data type.
    def probe(self, kind: int) -> Tensor:
        weight = torch.ones([32, 32], dtype=kind)
        return __torch__.product(weight, __torch__.pack(weight), None, "none").to(6)
