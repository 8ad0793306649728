# As packed_products.py looks to a libtorch that was built without oneDNN.


class Unknown(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool

    def probe(self, x: Tensor) -> Tensor:
        return ops.nowhere.nothing(x)
