# A Llama, or a model of a family like it, and its draft heads, whole, as TorchScript.
#
# Shapes   B sequences in the batch    N nodes of the draft tree (or tokens of a prompt's chunk)    D width    V vocabulary
#          L layers    H heads    K key/value heads    G = H / K    E head width    I intermediate width
#          R cache rows    P positions per row    T positions attended to: the longest prefix of the batch, plus N
#          k draft heads    M places of an accepted path    b of the B sequences, where an entry is for some of them
#
# Loader   libtorch's TorchScript importer reads this file as it stands; no Python is involved. It wants types and free
#          functions called __torch__.X, annotations on everything that is no Tensor, and no docstring directly in a class.
#          pack and product come from packed_products.py or plain_products.py, whichever this machine's libtorch can run.
#          Weights arrive once, through the bind methods; the entries below them are called from Java, one per verb.


class Linear(NamedTuple):
    weight : Tensor                # (out, in), or a packed layout of it
    bias : Optional[Tensor]        # (out,)
    packed : bool


# What layers do in a family's own manner.
class Manner(NamedTuple):
    scale : float                  # what attention scores are multiplied by
    cap : float                    # what they are squeezed to, either side of 0; 0: they are not
    windowed : bool                # whether a token sees the positions of the window alone, or the whole text
    gelu : bool                    # the feed-forward block's activation: GELU's approximation by tanh, or SiLU
    norm_offset : float            # what is added to the weights of norms as they come


class Layer(NamedTuple):
    attention_norm : Optional[Tensor]    # (D,) of what attention reads
    query_key_value : __torch__.Linear    # ((H + 2K) E, D)
    query_norm : Optional[Tensor]  # (E,) of each head, or (H E,) of all heads together
    key_norm : Optional[Tensor]    # (E,) or (K E,)
    output : __torch__.Linear      # (D, H E)
    attended_norm : Optional[Tensor]    # (D,) of what attention adds
    feed_forward_norm : Optional[Tensor]    # (D,) of what the feed-forward block reads
    gate : __torch__.Linear        # (I, D)
    up : __torch__.Linear          # (I, D)
    down : __torch__.Linear        # (D, I)
    fed_norm : Optional[Tensor]    # (D,) of what the feed-forward block adds
    manner : __torch__.Manner


class Head(NamedTuple):            # of a Hydra set
    path : __torch__.Linear        # (2D (k - d), D): for this head and each deeper one, the block columns of token d + 1
    later : Optional[__torch__.Linear]    # (D, D): the tied later blocks
    repeats : int                  # how often the later block runs
    scores : __torch__.Linear      # (V, D)


class MedusaHead(NamedTuple):
    block : __torch__.Linear       # (D, D)
    repeats : int                  # how often it runs
    scores : __torch__.Linear      # (V, D)


class Prefix(NamedTuple):          # the decoder layer in front of Hydra++ heads
    layer : __torch__.Layer
    norm : Tensor                  # (D,)
    cells : Tensor                 # (R P, 2K, E) its keys and values
    keys : Tensor                  # (R, K, P, E), a view of cells
    values : Tensor


class Ends(NamedTuple):
    embedding : Tensor             # (V, D)
    norm : Tensor                  # (D,)
    vocabulary : __torch__.Linear  # (V, D)


class Level(NamedTuple):
    ranks : int                    # the most children that a node of this level has
    children : Tensor              # (n,) the n nodes of the next level, as places in (expanded nodes of this level, ranks)
    expanded : Tensor              # (m,) those of the n that have children themselves
    parents : Tensor               # (m,) the place of each one's parent among the expanded nodes of this level


class Tree(NamedTuple):
    mask : Tensor                  # (N, N + 2) to be added to the scores: the verified prefix, the N nodes, beyond
    depths : Tensor                # (N,)
    parents : Tensor               # (N,) the root's is the root
    descendants : Tensor           # (N, N) 1 where the row's node is the column's or one of its ancestors
    paths : Tensor                 # (N, depth + 1) the nodes from the root down, the last one repeated
    levels : List[__torch__.Level]


# The trees of a batch, or the one that all of its sequences share (B = 1 then). Smaller trees are filled up with copies of their
# root: a copy has the root's token, depth, cell and mask, so it computes and writes what the root does.
class Grove(NamedTuple):
    mask : Tensor                  # (B, N, N + 2)
    order : Tensor                 # (B, N) each node's place behind the verified prefix in the cache
    depths : Tensor                # (B, N)
    parents : Tensor               # (B, N)
    descendants : Tensor           # (B, N, N)
    paths : Tensor                 # (B, N, depth + 1)


class Cache(NamedTuple):
    rows : Tensor                  # (L, R P, 2K, E) keys and values of every layer: what a commit moves at once
    written : List[Tensor]         # L of (R P, 2K, E), views of rows: where a pass writes
    keys : List[Tensor]            # L of (R, K, P, E), views of rows: what attention reads
    values : List[Tensor]
    hidden : Tensor                # (R, D) at the position whose scores gave the row's root token
    prefixed : Tensor              # (R, D) what the prefix layer makes of it, where there is one


# The tallies of rows whose sampling looks back or is biased.
class Tallies(NamedTuple):
    said : Tensor                  # (R, V) how often the answer has each token
    given : Tensor                 # (R, V) 1 where the prompt has it
    bias : Tensor                  # (R, V) added to its score


# Where the tokens of a pass stand.
class Places(NamedTuple):
    rows : Tensor                  # (B,) cache rows
    first : int                    # the first of them where they are neighbours, else -1
    attended : int                 # T
    cells : Tensor                 # (B N,) in (R P)
    cos : Tensor                   # (B, N, H + 2K, E)
    sin : Tensor                   # (B, N, H + 2K, E)
    unseen : Tensor                # (B, 1, G N, T) to be added to the scores
    out_of_window : Tensor         # the same where a layer has a window


class Angles(NamedTuple):
    cos : Tensor                   # (P, E)
    sin : Tensor                   # (P, E), the first half negated: see rotate


def linear(x: Tensor, w: __torch__.Linear) -> Tensor:
    if w.packed:
        return __torch__.product(x, w.weight, w.bias, "none")
    return torch.linear(x, w.weight, w.bias)


# other + linear(x, w)
def linear_plus(x: Tensor, other: Tensor, w: __torch__.Linear) -> Tensor:
    if w.packed:
        return __torch__.product_plus(x, other, w.weight, w.bias)
    return other + torch.linear(x, w.weight, w.bias)


# The place of the largest score; ties go to the lower token id. torch.argmax finds the same two to four times as slowly.
def likeliest(scores: Tensor) -> Tensor:
    return torch.max(scores, -1)[1]


def rms_norm(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    return torch.rms_norm(x, [weight.size(0)], weight, epsilon)


# Rotary embedding of half pairs: (x1 cos - x2 sin, x2 cos + x1 sin), with the sign kept in the table.
def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    half = x.size(-1) // 2
    return torch.addcmul(x * cos, torch.roll(x, [half], [-1]), sin)


# frequencies (E / 2,) in radians per position; amplitude is what rotated rows are multiplied by.
def angles(frequencies: Tensor, amplitude: float, positions: int, like: Tensor) -> __torch__.Angles:
    at = torch.arange(positions, dtype=7, device=like.device)
    turns = torch.outer(at, frequencies.to(like.device))                       # (P, E / 2)
    cos = torch.cat([torch.cos(turns), torch.cos(turns)], -1) * amplitude
    sin = torch.cat([-torch.sin(turns), torch.sin(turns)], -1) * amplitude
    return __torch__.Angles(cos.to(like.dtype), sin.to(like.dtype))


def activated_linear(x: Tensor, w: __torch__.Linear) -> Tensor:
    if w.packed:
        return __torch__.product(x, w.weight, w.bias, "swish")
    return torch.silu(torch.linear(x, w.weight, w.bias))


# Where there is such a norm.
def normed(x: Tensor, norm: Optional[Tensor], epsilon: float) -> Tensor:
    if norm is not None:
        x = __torch__.rms_norm(x, norm, epsilon)
    return x


# x + linear(y, w), with a norm of what is added where there is one.
def added(x: Tensor, y: Tensor, w: __torch__.Linear, norm: Optional[Tensor], epsilon: float) -> Tensor:
    if norm is not None:
        return x + __torch__.rms_norm(__torch__.linear(y, w), norm, epsilon)
    return __torch__.linear_plus(y, x, w)


def feed_forward(x: Tensor, layer: __torch__.Layer, epsilon: float) -> Tensor:
    y = __torch__.normed(x, layer.feed_forward_norm, epsilon)
    if layer.manner.gelu:
        gate = torch.gelu(__torch__.linear(y, layer.gate), approximate="tanh")
    else:
        gate = __torch__.activated_linear(y, layer.gate)
    return __torch__.added(x, gate * __torch__.linear(y, layer.up), layer.down, layer.fed_norm, epsilon)


# Queries, keys and values of a layer's heads (B, N, H + 2K, E), before the rotation, of the rows x (B, N, D).
def project(x: Tensor, layer: __torch__.Layer, heads: List[int], epsilon: float) -> Tensor:
    y = __torch__.linear(__torch__.normed(x, layer.attention_norm, epsilon), layer.query_key_value)
    y = y.view([x.size(0), x.size(1), heads[0] + 2 * heads[1], -1])
    query_norm = layer.query_norm
    key_norm = layer.key_norm
    if query_norm is not None and key_norm is not None:
        q = __torch__.heads_normed(y.narrow(2, 0, heads[0]), query_norm, epsilon)
        k = __torch__.heads_normed(y.narrow(2, heads[0], heads[1]), key_norm, epsilon)
        y = torch.cat([q, k, y.narrow(2, heads[0] + heads[1], heads[1])], 2)
    return y


# Of each head, or of all heads together: as wide as the norm is.
def heads_normed(y: Tensor, norm: Tensor, epsilon: float) -> Tensor:
    return __torch__.rms_norm(y.reshape([y.size(0), y.size(1), -1, norm.size(0)]), norm, epsilon).view(y.size())


# Queries q (B, K, G N, E) attend to keys and values (B, K, T, E); unseen is added to the scores, in the end. The fused kernel cannot
# squeeze them.
def attend(q: Tensor, keys: Tensor, values: Tensor, unseen: Optional[Tensor], manner: __torch__.Manner) -> Tensor:
    if manner.cap > 0.0:
        scores = torch.tanh(torch.matmul(q, keys.transpose(2, 3)) * (manner.scale / manner.cap)) * manner.cap
        if unseen is not None:
            scores = scores + unseen
        return torch.matmul(torch.softmax(scores, -1), values)
    return torch.scaled_dot_product_attention(q, keys, values, unseen, 0.0, False, scale=manner.scale)


# Makes scores of tokens from hidden rows; a cap squeezes them.
def score(hidden: Tensor, vocabulary: __torch__.Linear, cap: float) -> Tensor:
    scores = __torch__.linear(hidden, vocabulary)
    if cap > 0.0:
        scores = torch.tanh(scores / cap) * cap
    return scores


# A Hydra head's blocks: residual and activation of the first, whose two products arrive summed; then the tied later ones.
def blocks(products: Tensor, head: __torch__.Head, width: int) -> Tensor:
    z = products.narrow(-1, width, width) + torch.silu(products.narrow(-1, 0, width))
    later = head.later
    if later is not None:
        for i in range(head.repeats):
            z = z + __torch__.activated_linear(z, later)
    return z


# A norm's weights with what is added to them as they come, in float32.
def offset(norm: Tensor, by: float) -> Tensor:
    if by == 0.0:
        return norm
    return (norm.to(6) + by).to(norm.dtype)


# The norm of a place, where there are norms.
def norm_of(norms: List[Tensor], place: int, by: float) -> Optional[Tensor]:
    norm : Optional[Tensor] = None
    if place < len(norms):
        norm = __torch__.offset(norms[place], by)
    return norm


# A row of weights -> its weight and bias: of the two tensors, the second may be missing.
def bias_of(tensors: List[Tensor]) -> Optional[Tensor]:
    bias : Optional[Tensor] = None
    if len(tensors) > 1:
        bias = tensors[1]
    return bias


# A number as a data type holds it.
def rounded(number: float, kind: int) -> float:
    return float(torch.full([], number).to(kind))


# How layers of a family do things that have no window, that have one, and how a plain Llama's do, which a prefix layer is.
def manners_of(head_width: int, scale: float, cap: float, norm_offset: float, gelu: bool) -> List[__torch__.Manner]:
    return [
        __torch__.Manner(scale, cap, False, gelu, norm_offset),
        __torch__.Manner(scale, cap, True, gelu, norm_offset),
        __torch__.Manner(1.0 / torch.sqrt(head_width), 0.0, False, False, 0.0)
    ]


# The bias of one of these matrices, where there is one: of biases of query, key and value, or of these and the output, or of none.
def layer_bias(biases: List[Tensor], matrix: int) -> Optional[Tensor]:
    bias : Optional[Tensor] = None
    if matrix == 0 and len(biases) > 0:
        bias = torch.cat(biases[0:3], 0)
    if matrix == 1 and len(biases) > 3:
        bias = biases[3]
    return bias


# before, after: norms of what attention and the feed-forward block read and add; heads: of queries and keys; each two, or none.
def layer_of(
    before: List[Tensor], after: List[Tensor], heads: List[Tensor], linears: List[__torch__.Linear], manner: __torch__.Manner
) -> __torch__.Layer:
    by = manner.norm_offset
    return __torch__.Layer(
        __torch__.norm_of(before, 0, by),
        linears[0],
        __torch__.norm_of(heads, 0, by),
        __torch__.norm_of(heads, 1, by),
        linears[1],
        __torch__.norm_of(after, 0, by),
        __torch__.norm_of(before, 1, by),
        linears[2],
        linears[3],
        linears[4],
        __torch__.norm_of(after, 1, by),
        manner
    )


# Fills the first dimension up to a size with copies of a row.
def fill(x: Tensor, size: int, row: Tensor) -> Tensor:
    missing = size - x.size(0)
    if missing == 0:
        return x
    return torch.cat([x, row.unsqueeze(0).expand([missing] + row.size())], 0)


# Some of a batch's rows, or all of them where as many are asked for.
def some(x: Tensor, which: Tensor) -> Tensor:
    if which.size(0) == x.size(0):
        return x
    return x.index_select(0, which)


# What every row has in common, or each row's own: (1, ...) or (B, ...) -> (b, ...).
def each(x: Tensor, which: Tensor) -> Tensor:
    if x.size(0) == 1:
        sizes = [which.size(0)] + x.size()[1:]
        return x.expand(sizes)
    return x.index_select(0, which)


# Scrambles 32 bits (Wellons' lowbias32); products may run over the 64 bits, whose lower half alone counts.
def scramble(x: Tensor) -> Tensor:
    low = 4294967295
    x = x ^ (x >> 16)
    x = (x * 2146121005) & low
    x = x ^ (x >> 15)
    x = (x * 2221713035) & low
    return x ^ (x >> 16)


# Gumbel noise (b, V) that depends on the keys (b, 2) and the token alone. v is uniform in (0, 1), and fine near 0, which is where
# large noise comes from.
def gumbel(keys: Tensor, tokens: Tensor) -> Tensor:
    bits = __torch__.scramble(__torch__.scramble(tokens ^ keys.narrow(1, 0, 1)) ^ keys.narrow(1, 1, 1))
    v = ((bits.to(7) + 0.5) * 2.3283064365386963e-10).to(6).clamp(1.1754944e-38, 0.99999994)
    return -torch.log(-torch.log1p(-v))


# The token of each row (b,), given its scores (b, V): scaled by temperature, cut to the likeliest, with noise. Whatever is cut,
# tokens of equal score stay or go together. knobs (b, 7): temperature (0: the likeliest token), top-k, top-p, min-p, and the
# three penalties, which are none of this function's business. widest is the largest top-k of the rows that cut, V where one of
# these has none; a row of a larger top-k cuts nothing.
def choose(scores: Tensor, knobs: Tensor, widest: int, keys: Tensor) -> Tensor:
    temperature = knobs.narrow(1, 0, 1)
    greedy = temperature == 0.0
    s = scores / torch.where(greedy, torch.ones_like(temperature), temperature)
    if widest > 0:
        ranked = torch.topk(s, widest, -1)[0]                                      # (b, widest), descending
        rank = torch.arange(widest, device=s.device)
        ranked = ranked.masked_fill(rank >= knobs.narrow(1, 1, 1), float("-inf"))
        p = torch.softmax(ranked, -1)
        before = torch.cumsum(p, -1) - p
        kept = (before < knobs.narrow(1, 2, 1)) & (ranked > float("-inf"))
        kept = kept & (ranked >= ranked.narrow(1, 0, 1) + torch.log(knobs.narrow(1, 3, 1)))
        last = (torch.sum(kept, -1, True) - 1).clamp(0)
        cuts = knobs.narrow(1, 1, 1) <= widest
        s = s.masked_fill(cuts & (s < ranked.gather(1, last)), float("-inf"))
    noise = __torch__.gumbel(keys, torch.arange(s.size(1), device=s.device))
    return __torch__.likeliest(torch.where(greedy, s, s + noise))


class HydraLlama(Module):
    __parameters__ = []
    __buffers__ = []
    training : bool
    query_heads : int
    key_heads : int
    head_width : int
    epsilon : float
    window : int                   # positions that a token sees in layers that have a window, its own included; 0: none has
    embedding_scale : float        # what embeddings are multiplied by before the first layer; the heads read them as they are
    output_cap : float             # what scores of tokens are squeezed to, either side of 0; 0: they are not
    manners : List[__torch__.Manner]    # of layers without a window, with one, and of a plain Llama's, which a prefix layer is
    packed : bool
    kind : int                     # the data type of weights and activations, as torch numbers it
    cache_kind : int               # the data type of keys and values, in which attention computes
    ends : List[__torch__.Ends]    # one
    layers : List[__torch__.Layer]
    angles : List[__torch__.Angles]    # one
    cache : List[__torch__.Cache]  # one
    hidden_blocks : List[__torch__.Linear]    # one: (2D k, D), every head's block columns of the hidden state
    paths : List[__torch__.Linear]    # k: what the heads have as path
    heads : List[__torch__.Head]
    medusa_heads : List[__torch__.MedusaHead]
    prefix : List[__torch__.Prefix]    # one, or none
    trees : List[__torch__.Tree]
    grove_trees : List[int]        # what the last grove was made of
    groves : List[__torch__.Grove] # that grove
    tallies : List[__torch__.Tallies]    # one, once a row needs it
    masks : List[Tensor]           # of (V,), what scores are cut to: -inf for tokens that may not be said, else inf

    # Room for a tensor of a data type, where another one lies.
    def empty_tensor(self, place: Tensor, kind: int, shape: List[int]) -> Tensor:
        return torch.empty(shape, dtype=kind, device=place.device)

    # The first numbers of a row of them as a tensor.
    def front(self, row: Tensor, shape: List[int]) -> Tensor:
        size = 1
        for n in shape:
            size = size * n
        return row.narrow(0, 0, size).view(shape)

    # The first numbers of a piece, of the type that they have in a file -> those of a tensor from a place on.
    def fill_tensor(self, tensor: Tensor, at: int, piece: Tensor, count: int) -> None:
        tensor.view([-1]).narrow(0, at, count).copy_(piece.narrow(0, 0, count))

    # A matrix -> what linear multiplies by. The graph is given matrices packed, one by one: so none is there twice for long.
    def pack(self, weight: Tensor) -> Tensor:
        if self.packed:
            return __torch__.pack(weight)
        return weight

    def linear(self, weight: Tensor, bias: Optional[Tensor]) -> __torch__.Linear:
        return __torch__.Linear(weight, bias, self.packed)

    def bind_shape(self, query_heads: int, key_heads: int, head_width: int, epsilon: float, kinds: List[int], packed: bool) -> None:
        self.query_heads = query_heads
        self.key_heads = key_heads
        self.head_width = head_width
        self.epsilon = epsilon
        self.kind = kinds[0]
        self.cache_kind = kinds[1]
        self.packed = packed

    # Comes before everything that it changes. factors: of attention scores, of embeddings; caps: of attention scores, of tokens'
    # scores; see the attributes.
    def bind_family(self, window: int, factors: List[float], caps: List[float], norm_offset: float, gelu: bool) -> None:
        self.window = window
        self.embedding_scale = __torch__.rounded(factors[1], self.kind)
        self.output_cap = caps[1]
        self.manners = __torch__.manners_of(self.head_width, factors[0], caps[0], norm_offset, gelu)

    def bind_ends(self, embedding: Tensor, norm: Tensor, vocabulary: Tensor) -> None:
        behind = __torch__.offset(norm, self.manners[0].norm_offset)
        self.ends = [__torch__.Ends(embedding, behind, self.linear(vocabulary, None))]

    # norms: see layer_of. matrices: of query, key and value in one, output, gate, up, down. biases: see layer_bias.
    def layer(
        self,
        before: List[Tensor],
        after: List[Tensor],
        heads: List[Tensor],
        matrices: List[Tensor],
        biases: List[Tensor],
        manner: __torch__.Manner
    ) -> __torch__.Layer:
        linears = annotate(List[__torch__.Linear], [])
        for matrix in matrices:
            linears.append(self.linear(matrix, __torch__.layer_bias(biases, len(linears))))
        return __torch__.layer_of(before, after, heads, linears, manner)

    def bind_layer(
        self,
        before: List[Tensor],
        after: List[Tensor],
        heads: List[Tensor],
        matrices: List[Tensor],
        biases: List[Tensor],
        windowed: bool
    ) -> None:
        manner = self.manners[1 if windowed else 0]
        self.layers.append(self.layer(before, after, heads, matrices, biases, manner))

    def bind_cache(self, rows: int, positions: int, frequencies: Tensor, amplitude: float) -> None:
        like = self.ends[0].embedding
        count = len(self.layers)
        both = 2 * self.key_heads
        cells = torch.zeros(
            [count, rows * positions, both, self.head_width], dtype=self.cache_kind, device=like.device
        )
        written = annotate(List[Tensor], [])
        keys = annotate(List[Tensor], [])
        values = annotate(List[Tensor], [])
        for i in range(count):
            layer = cells[i].view([rows, positions, both, self.head_width]).transpose(1, 2)    # (R, 2K, P, E)
            written.append(cells[i])
            keys.append(layer.narrow(1, 0, self.key_heads))
            values.append(layer.narrow(1, self.key_heads, self.key_heads))
        hidden = torch.zeros([rows, like.size(1)], dtype=like.dtype, device=like.device)
        self.cache = [__torch__.Cache(cells, written, keys, values, hidden, torch.zeros_like(hidden))]
        self.angles = [__torch__.angles(frequencies, amplitude, positions, like)]

    # Of the k heads, in order: both matrices of the first block above one another (2D, (i + 2) D), and their biases. Makes the matrix
    # of the hidden state's columns, and for each head that of a token's.
    def bind_blocks(self, blocks: List[Tensor], biases: List[Tensor]) -> None:
        width = self.ends[0].embedding.size(1)
        hidden = annotate(List[Tensor], [])
        for block in blocks:
            hidden.append(block.narrow(1, 0, width))
        self.hidden_blocks = [self.linear(self.pack(torch.cat(hidden, 0)), torch.cat(biases, 0))]
        for d in range(len(blocks)):
            columns = annotate(List[Tensor], [])
            for i in range(d, len(blocks)):
                columns.append(blocks[i].narrow(1, (d + 1) * width, width))
            self.paths.append(self.linear(self.pack(torch.cat(columns, 0)), None))

    # The next of the heads whose blocks are bound. later: weight and bias of the tied later block, which runs repeats times, where
    # repeats > 0. scores: weight (V, D) and bias.
    def bind_head(self, later: List[Tensor], repeats: int, scores: List[Tensor]) -> None:
        again : Optional[__torch__.Linear] = None
        if repeats > 0:
            again = self.linear(later[0], later[1])
        path = self.paths[len(self.heads)]
        self.heads.append(__torch__.Head(path, again, repeats, self.linear(scores[0], scores[1])))

    # block: weight and bias, the block runs repeats times. scores: weight and, where it has one, bias, or nothing where the base
    # model's output layer serves the head.
    def bind_medusa_head(self, block: List[Tensor], repeats: int, scores: List[Tensor]) -> None:
        output = self.ends[0].vocabulary
        if len(scores) > 0:
            output = self.linear(scores[0], __torch__.bias_of(scores))
        self.medusa_heads.append(__torch__.MedusaHead(self.linear(block[0], block[1]), repeats, output))

    # As bind_layer; norms: attention, feed forward, and the norm behind the layer. It is a plain Llama's layer of the base model's
    # measures and rotary embedding, whatever the base model is. Its cache has as much room as the model's.
    def bind_prefix(self, norms: List[Tensor], matrices: List[Tensor]) -> None:
        none = annotate(List[Tensor], [])
        layer = self.layer(norms, none, none, matrices, none, self.manners[2])
        like = self.cache[0].rows
        cells = torch.zeros_like(like.select(0, 0))
        both = cells.view([self.cache[0].hidden.size(0), -1, 2 * self.key_heads, self.head_width]).transpose(1, 2)
        keys = both.narrow(1, 0, self.key_heads)
        values = both.narrow(1, self.key_heads, self.key_heads)
        self.prefix = [__torch__.Prefix(layer, norms[2], cells, keys, values)]

    # levels: three tensors for each level, as in Level. number: which tree it takes the place of, or as many as there are. What
    # is kept is cloned: on a CPU the arguments are windows on the caller's memory, which goes away.
    def put_tree(
        self, number: int, ancestors: Tensor, parents: Tensor, depths: Tensor, paths: Tensor, ranks: List[int], levels: List[Tensor]
    ) -> None:
        nodes = parents.size(0)
        hidden = self.cache[0].rows.new_full([nodes, nodes], float("-inf"))
        seen = hidden.masked_fill(ancestors.to(11), 0.0)
        mask = torch.cat([seen.new_zeros([nodes, 1]), seen, hidden.narrow(1, 0, 1)], 1)
        steps = annotate(List[__torch__.Level], [])
        for d in range(len(ranks)):
            steps.append(__torch__.Level(ranks[d], levels[3 * d].clone(), levels[3 * d + 1].clone(), levels[3 * d + 2].clone()))
        descendants = ancestors.to(6).t().contiguous()
        tree = __torch__.Tree(mask, depths.clone(), parents.clone(), descendants, paths.clone(), steps)
        if number < len(self.trees):
            self.trees[number] = tree
        else:
            self.trees.append(tree)
        self.grove_trees = annotate(List[int], [])

    # The trees of a batch, one number for each sequence, or one for all.
    def grove(self, numbers: List[int]) -> __torch__.Grove:
        if len(self.groves) > 0 and self.grove_trees == numbers:
            return self.groves[0]
        nodes = 0
        places = 0
        for number in numbers:
            nodes = max(nodes, self.trees[number].parents.size(0))
            places = max(places, self.trees[number].paths.size(1))
        masks = annotate(List[Tensor], [])
        orders = annotate(List[Tensor], [])
        depths = annotate(List[Tensor], [])
        parents = annotate(List[Tensor], [])
        descendants = annotate(List[Tensor], [])
        paths = annotate(List[Tensor], [])
        for number in numbers:
            tree = self.trees[number]
            n = tree.parents.size(0)
            beyond = tree.mask.narrow(1, n + 1, 1).expand([-1, 1 + nodes - n])
            mask = torch.cat([tree.mask.narrow(1, 0, n + 1), beyond], 1)
            masks.append(__torch__.fill(mask, nodes, mask.select(0, 0)))
            root = tree.parents.select(0, 0)
            orders.append(__torch__.fill(torch.arange(n, device=root.device), nodes, root))
            depths.append(__torch__.fill(tree.depths, nodes, root))
            parents.append(__torch__.fill(tree.parents, nodes, root))
            descendants.append(torch.constant_pad_nd(tree.descendants, [0, nodes - n, 0, nodes - n]))
            last = tree.paths.narrow(1, tree.paths.size(1) - 1, 1).expand([-1, places - tree.paths.size(1)])
            path = torch.cat([tree.paths, last], 1)
            paths.append(__torch__.fill(path, nodes, path.select(0, 0)))
        made = __torch__.Grove(
            torch.stack(masks), torch.stack(orders), torch.stack(depths), torch.stack(parents), torch.stack(descendants), torch.stack(paths)
        )
        self.grove_trees = numbers
        self.groves = [made]
        return made

    # rows are cache rows; first is the first of them where they are neighbours, else -1.
    def cached(self, cells: Tensor, rows: Tensor, first: int, attended: int) -> Tensor:
        if rows.size(0) == cells.size(0) and first == 0:
            return cells.narrow(2, 0, attended)
        if first >= 0:
            return cells.narrow(2, 0, attended).narrow(0, first, rows.size(0))
        return cells.narrow(2, 0, attended).index_select(0, rows)

    # Hides from tokens at depths (B or 1, N), unseen (B, N, T), what lies before their windows. A window is one of positions: the
    # cache has the nodes of a tree one after the other, but a node's position is its depth behind the prefix.
    def out_of_window(self, starts: Tensor, attended: int, depths: Tensor, unseen: Tensor) -> Tensor:
        behind = self.behind(starts, attended)                                     # (B, T)
        depths = depths.expand([starts.size(0), -1])
        node = behind.clamp(0, depths.size(1) - 1)
        position = torch.where(behind < 0, behind, depths.gather(1, node)).unsqueeze(1)
        return unseen.masked_fill(depths.unsqueeze(2) - position >= self.window, float("-inf"))

    # Of tokens at depths (B or 1, N) behind the verified prefixes, stored at order (B or 1, N) behind them, which must not look at
    # what unseen (B, N, T) says.
    def places(
        self, rows: Tensor, first: int, starts: Tensor, attended: int, order: Tensor, depths: Tensor, unseen: Tensor
    ) -> __torch__.Places:
        table = self.angles[0]
        positions = self.cache[0].keys[0].size(2)
        batch = rows.size(0)
        nodes = depths.size(1)
        width = self.head_width
        groups = self.query_heads // self.key_heads
        turned = self.query_heads + self.key_heads
        at = (starts.unsqueeze(1) + depths).flatten()                              # (B N,)
        # values pass through the rotation as they are, so that a layer turns and stores all its heads at once
        turn = table.cos.index_select(0, at).view([batch, nodes, 1, width]).expand([-1, -1, turned, -1])
        flip = table.sin.index_select(0, at).view([batch, nodes, 1, width]).expand([-1, -1, turned, -1])
        cos = torch.cat([turn, turn.new_ones([batch, nodes, self.key_heads, width])], 2)
        sin = torch.cat([flip, flip.new_zeros([batch, nodes, self.key_heads, width])], 2)
        cells = ((rows * positions + starts).unsqueeze(1) + order).flatten()
        mask = unseen.unsqueeze(1)
        if groups > 1:
            mask = mask.repeat([1, 1, groups, 1])
        windowed = mask
        if self.window > 0:
            windowed = self.out_of_window(starts, attended, depths, unseen).unsqueeze(1).repeat([1, 1, groups, 1])
        return __torch__.Places(rows, first, attended, cells, cos, sin, mask, windowed)

    # How far each of T positions lies behind the verified prefixes: (B, T), negative inside.
    def behind(self, starts: Tensor, attended: int) -> Tensor:
        return torch.arange(attended, device=starts.device) - starts.unsqueeze(1)

    # Places of a tree's nodes, each seeing the prefix, its ancestors and itself.
    def tree_places(self, rows: Tensor, first: int, starts: Tensor, attended: int, grove: __torch__.Grove) -> __torch__.Places:
        batch = rows.size(0)
        nodes = grove.depths.size(1)
        column = (self.behind(starts, attended) + 1).clamp(0, nodes + 1).unsqueeze(1).expand([-1, nodes, -1])    # (B, N, T)
        unseen = grove.mask.expand([batch, -1, -1]).gather(2, column)
        return self.places(rows, first, starts, attended, grove.order, grove.depths, unseen)

    # Places of tokens in a row, depths (B, N), each seeing the prefix and what comes before it. A depth may repeat: such tokens are
    # copies of one another, in one place.
    def chain_places(self, rows: Tensor, first: int, starts: Tensor, attended: int, depths: Tensor) -> __torch__.Places:
        hidden = self.behind(starts, attended).unsqueeze(1) > depths.unsqueeze(2)
        unseen = torch.zeros(hidden.size(), dtype=self.cache_kind, device=hidden.device).masked_fill(hidden, float("-inf"))
        return self.places(rows, first, starts, attended, depths, depths, unseen)

    # One layer over the hidden rows x (B, N, D). Keys and values of its N tokens go into the cells, and it attends to what is
    # cached up to there.
    def run_layer(
        self, x: Tensor, layer: __torch__.Layer, cells: Tensor, keys: Tensor, values: Tensor, at: __torch__.Places
    ) -> Tensor:
        batch = x.size(0)
        nodes = x.size(1)
        width = self.head_width
        groups = self.query_heads // self.key_heads
        y = __torch__.project(x, layer, [self.query_heads, self.key_heads], self.epsilon)
        y = __torch__.rotate(y, at.cos, at.sin).to(self.cache_kind)
        cells.index_copy_(0, at.cells, y.narrow(2, self.query_heads, 2 * self.key_heads).flatten(0, 1))
        q = y.narrow(2, 0, self.query_heads)                                       # (B, N, H, E)
        if groups > 1:
            q = q.view([batch, nodes, self.key_heads, groups, width]).permute([0, 2, 3, 1, 4])
            q = q.reshape([batch, self.key_heads, groups * nodes, width])
        else:
            q = q.transpose(1, 2)
        cached_keys = self.cached(keys, at.rows, at.first, at.attended)            # (B, K, T, E)
        cached_values = self.cached(values, at.rows, at.first, at.attended)
        unseen = at.out_of_window if layer.manner.windowed else at.unseen
        a = __torch__.attend(q, cached_keys, cached_values, unseen, layer.manner).to(self.kind)    # (B, K, G N, E)
        if nodes > 1:
            a = a.view([batch, self.key_heads, groups, nodes, width]).permute([0, 3, 1, 2, 4])
        a = a.reshape([batch, nodes, self.query_heads * width])
        x = __torch__.added(x, a, layer.output, layer.attended_norm, self.epsilon)
        return __torch__.feed_forward(x, layer, self.epsilon)

    # Runs tokens (B, N) through all layers. Their keys and values are written behind the sequences' verified prefixes.
    def forward(self, tokens: Tensor, at: __torch__.Places) -> Tensor:
        ends = self.ends[0]
        cache = self.cache[0]
        x = torch.embedding(ends.embedding, tokens)                                # (B, N, D)
        if self.embedding_scale != 1.0:
            x = x * self.embedding_scale
        for i in range(len(self.layers)):
            x = self.run_layer(x, self.layers[i], cache.written[i], cache.keys[i], cache.values[i], at)
        return __torch__.rms_norm(x, ends.norm, self.epsilon)                      # (B, N, D)

    # Reads the next tokens (B, N) of each prompt into the cache; counts (B,) of them are real, the rest repeats the last one.
    # Returns the scores behind each one's last token (B, 1, V), which are the first token's after the last chunk, and the
    # hidden rows (B, N, D).
    def prefill(
        self, rows: Tensor, first: int, starts: Tensor, attended: int, tokens: Tensor, counts: Tensor
    ) -> Tuple[Tensor, Tensor]:
        order = torch.arange(tokens.size(1), device=starts.device)
        depths = torch.minimum(order.unsqueeze(0), counts.unsqueeze(1) - 1)        # (B, N)
        hidden = self.forward(tokens, self.chain_places(rows, first, starts, attended, depths))
        last = hidden.select(1, hidden.size(1) - 1)                                # (B, D)
        self.cache[0].hidden.index_copy_(0, rows, last)
        return (__torch__.score(last, self.ends[0].vocabulary, self.output_cap).unsqueeze(1), hidden)

    # Runs the prefix layer over hidden rows that have become part of the text: of hidden (B, N, D), at the nodes (b, M) of the
    # sequences which (b,); depths (b, M) behind the prefix, the last one repeated as often as need be.
    def follow(
        self, rows: Tensor, first: int, starts: Tensor, attended: int, hidden: Tensor, which: Tensor, nodes: Tensor, depths: Tensor
    ) -> None:
        prefix = self.prefix[0]
        at = (which.unsqueeze(1) * hidden.size(1) + nodes).flatten()
        x = hidden.flatten(0, 1).index_select(0, at).view([nodes.size(0), nodes.size(1), -1])    # (b, M, D)
        places = self.chain_places(rows, first, starts, attended, depths)
        x = self.run_layer(x, prefix.layer, prefix.cells, prefix.keys, prefix.values, places)
        x = __torch__.rms_norm(x.select(1, x.size(1) - 1), prefix.norm, self.epsilon)
        self.cache[0].prefixed.index_copy_(0, rows, x)

    # What the prefix layer has made of each row's last hidden row: (b,) -> (b, D).
    def prefixed(self, rows: Tensor) -> Tensor:
        return self.cache[0].prefixed.index_select(0, rows).to(6)

    # The first block's products of every head for the hidden state: (B, D) -> (B, 1, 2D k), to be handed on along the paths.
    def begin_path(self, hidden: Tensor) -> Tensor:
        return __torch__.linear(hidden, self.hidden_blocks[0]).unsqueeze(1)

    # Adds the products of the next token (B, m) of m paths, for the head of that depth and all deeper ones.
    def extend_path(self, depth: int, inherited: Tensor, tokens: Tensor) -> Tensor:
        return inherited + __torch__.linear(torch.embedding(self.ends[0].embedding, tokens), self.heads[depth].path)

    # The blocks of a head, on the sums of its paths: (B, m, 2D (k - d)) -> (B, m, D).
    def end_path(self, depth: int, sums: Tensor) -> Tensor:
        width = self.ends[0].embedding.size(1)
        return __torch__.blocks(sums.narrow(2, 0, 2 * width), self.heads[depth], width)

    # What deeper heads inherit from the sums of this one.
    def deeper(self, sums: Tensor) -> Tensor:
        width = 2 * self.ends[0].embedding.size(1)
        return sums.narrow(2, width, sums.size(2) - width)

    # Gives every node of the tree a token: (B, N), the root's first. A level's nodes run as one batch. The block columns of a
    # token are multiplied once for its head and all deeper ones, and the sums of a path are handed on from parent to child
    # (the paper's concatenation, summed column block by column block). The roots of guided, places in B, are followed by tokens that
    # their masks leave.
    def draft(self, rows: Tensor, roots: Tensor, number: int, guided: List[int], masks: List[int]) -> Tensor:
        levels = self.trees[number].levels
        hidden = self.cache[0].hidden
        if len(self.prefix) > 0:
            hidden = self.cache[0].prefixed
        drafted = roots.unsqueeze(1)                                               # (B, 1)
        tokens = [drafted]
        inherited = self.begin_path(hidden.index_select(0, rows))
        for d in range(len(levels)):
            level = levels[d]
            sums = self.extend_path(d, inherited, drafted)                         # (B, m, 2D (k - d))
            scores = __torch__.linear(self.end_path(d, sums), self.heads[d].scores)    # (B, m, V)
            if d == 0:
                self.allow(scores, guided, masks)
            ranked = torch.topk(scores, level.ranks, -1)[1]                        # (B, m, ranks)
            children = ranked.flatten(1).index_select(1, level.children)           # (B, n)
            tokens.append(children)
            if d + 1 < len(levels):
                drafted = children.index_select(1, level.expanded)
                inherited = self.deeper(sums).index_select(1, level.parents)
        return torch.cat(tokens, 1)

    # The rows that a Medusa head's scores are made from: (B, D) -> (B, D).
    def medusa_rows(self, hidden: Tensor, head: __torch__.MedusaHead) -> Tensor:
        z = hidden
        for i in range(head.repeats):
            z = z + __torch__.activated_linear(z, head.block)
        return z

    # As draft, with Medusa heads: they see the hidden row alone, so a node's token depends on its depth and rank only.
    def draft_medusa(self, rows: Tensor, roots: Tensor, number: int, guided: List[int], masks: List[int]) -> Tensor:
        levels = self.trees[number].levels
        hidden = self.cache[0].hidden.index_select(0, rows)
        tokens = [roots.unsqueeze(1)]
        for d in range(len(levels)):
            level = levels[d]
            head = self.medusa_heads[d]
            scores = __torch__.linear(self.medusa_rows(hidden, head), head.scores)    # (B, V)
            if d == 0:
                self.allow(scores.unsqueeze(1), guided, masks)
            ranked = torch.topk(scores, level.ranks, -1)[1]                        # (B, ranks)
            tokens.append(ranked.index_select(1, level.children % level.ranks))
        return torch.cat(tokens, 1)

    # Puts drafts of parts of a batch together: (B, N), smaller ones filled up with their roots. order (B,): where each sequence's
    # draft is among those of the parts.
    def join_drafts(self, parts: List[Tensor], order: Tensor) -> Tensor:
        nodes = 0
        for part in parts:
            nodes = max(nodes, part.size(1))
        filled = annotate(List[Tensor], [])
        for part in parts:
            filled.append(torch.cat([part, part.narrow(1, 0, 1).expand([-1, nodes - part.size(1)])], 1))
        return torch.cat(filled, 0).index_select(0, order)

    # Of the head that a path of d + 1 tokens (B, d + 1) leads to: its last block's rows (B, D) and its scores (B, V).
    def head_scores(self, hidden: Tensor, path: Tensor) -> Tuple[Tensor, Tensor]:
        inherited = self.begin_path(hidden.to(self.kind))
        depth = path.size(1) - 1
        for d in range(depth):
            inherited = self.deeper(self.extend_path(d, inherited, path.narrow(1, d, 1)))
        z = self.end_path(depth, self.extend_path(depth, inherited, path.narrow(1, depth, 1))).squeeze(1)
        return (z.to(6), __torch__.linear(z, self.heads[depth].scores).to(6))

    # The same of a Medusa head, counted from 0.
    def medusa_scores(self, hidden: Tensor, number: int) -> Tuple[Tensor, Tensor]:
        head = self.medusa_heads[number]
        z = self.medusa_rows(hidden.to(self.kind), head)
        return (z.to(6), __torch__.linear(z, head.scores).to(6))

    # Scores (B, N, V) and hidden rows (B, N, D) of every node. The new keys and values are provisional until commit.
    def verify(
        self, rows: Tensor, first: int, starts: Tensor, attended: int, tokens: Tensor, numbers: List[int]
    ) -> Tuple[Tensor, Tensor]:
        hidden = self.forward(tokens, self.tree_places(rows, first, starts, attended, self.grove(numbers)))
        return (__torch__.score(hidden, self.ends[0].vocabulary, self.output_cap), hidden)

    # What scores of tokens are cut to, (V,). number: which mask it takes the place of, or as many as there are.
    def put_mask(self, number: int, most: Tensor) -> None:
        mask = most.clone().to(self.kind)
        if number < len(self.masks):
            self.masks[number] = mask
        else:
            self.masks.append(mask)

    # Takes from the scores (B, N, V) of nodes, at places in (B N), the tokens that their masks say, which are told by their numbers.
    # On a CPU, a minimum is many times as fast as a masked fill.
    def allow(self, scores: Tensor, places: List[int], numbers: List[int]) -> None:
        rows = scores.view([-1, scores.size(2)])
        for i in range(len(places)):
            rows.select(0, places[i]).clamp_max_(self.masks[numbers[i]])

    # What an accept returns: (b, 2 + 2 (depth + 1)): the depth of the path's last node, the bonus token, the path's nodes and
    # their tokens, the last ones repeated. leaf (b, 1) is that last node, bonus (b, 1), tokens (b, N).
    def accepted(self, leaf: Tensor, bonus: Tensor, tokens: Tensor, which: Tensor, grove: __torch__.Grove) -> Tensor:
        paths = __torch__.each(grove.paths, which)
        path = paths.gather(1, leaf.unsqueeze(2).expand([-1, -1, paths.size(2)])).squeeze(1)
        depth = __torch__.each(grove.depths, which).gather(1, leaf)
        return torch.cat([depth, bonus, path, tokens.gather(1, path)], 1)

    # Of the sequences which (b,), the walk from the root to the child that carries the token which the base model would say,
    # for all nodes at once: a node is reached where it and all its ancestors carry what their parents' scores ask for. Siblings
    # carry distinct tokens, so the reached nodes are one path.
    def accept(self, which: Tensor, tokens: Tensor, scores: Tensor, numbers: List[int]) -> Tensor:
        grove = self.grove(numbers)
        tokens = __torch__.some(tokens, which)
        wanted = __torch__.likeliest(__torch__.some(scores, which))                # (b, N)
        depths = __torch__.each(grove.depths, which)
        astray = (wanted.gather(1, __torch__.each(grove.parents, which)) != tokens).to(6)
        astray.narrow(1, 0, 1).zero_()
        reached = torch.matmul(astray.unsqueeze(1), __torch__.each(grove.descendants, which)).squeeze(1) == 0    # (b, N)
        leaf = torch.argmax(reached * (depths + 1), -1, True)                      # (b, 1)
        return self.accepted(leaf, wanted.gather(1, leaf), tokens, which, grove)

    # Typical acceptance (the paper, section 4.2, after Medusa): a node is acceptable where its probability after its parent
    # exceeds min(threshold, alpha exp(-entropy)). Keeps the longest path of acceptable nodes, of several the likeliest.
    # knobs (b, 3): temperature, threshold, alpha.
    def accept_typical(self, which: Tensor, tokens: Tensor, scores: Tensor, numbers: List[int], knobs: Tensor) -> Tensor:
        grove = self.grove(numbers)
        tokens = __torch__.some(tokens, which)
        scores = __torch__.some(scores, which).to(6)
        depths = __torch__.each(grove.depths, which)
        parents = __torch__.each(grove.parents, which)
        descendants = __torch__.each(grove.descendants, which)
        p = torch.softmax(scores / knobs.narrow(1, 0, 1).unsqueeze(2), -1)         # (b, N, V)
        entropy = -torch.sum(p * torch.log(p + 1e-5), -1)                          # (b, N)
        threshold = torch.minimum(knobs.narrow(1, 1, 1), knobs.narrow(1, 2, 1) * torch.exp(-entropy))
        likelihood = p.flatten(1).gather(1, parents * p.size(2) + tokens)          # (b, N)
        astray = (likelihood <= threshold.gather(1, parents)).to(6)
        astray.narrow(1, 0, 1).zero_()
        reached = torch.matmul(astray.unsqueeze(1), descendants).squeeze(1) == 0
        deepest = torch.max(reached * depths, -1, True)[0]
        logs = torch.log(likelihood.clamp(1e-30))
        logs.narrow(1, 0, 1).zero_()
        whole = torch.matmul(logs.unsqueeze(1), descendants).squeeze(1)            # (b, N) of the path to the node
        leaf = torch.argmax(whole.masked_fill(~(reached & (depths == deepest)), float("-inf")), -1, True)
        bonus = __torch__.likeliest(scores.gather(1, leaf.unsqueeze(2).expand([-1, -1, scores.size(2)])))
        return self.accepted(leaf, bonus, tokens, which, grove)

    # A sequence takes a cache row. What lies behind its text is masked, but a mask hides numbers only: where the last sequence ran
    # into what is none, the row is wiped.
    def begin(self, row: int) -> None:
        cache = self.cache[0]
        last = torch.cat([cache.hidden.select(0, row), cache.prefixed.select(0, row)], 0)
        if bool(torch.all(torch.isfinite(last))):
            return
        positions = cache.keys[0].size(2)
        cache.rows.narrow(1, row * positions, positions).zero_()
        cache.hidden.select(0, row).zero_()
        cache.prefixed.select(0, row).zero_()
        for prefix in self.prefix:
            prefix.cells.narrow(0, row * positions, positions).zero_()

    # Of that sequence: prompt (n,) is what it was given, ids (m,) and values (m,) its logit bias.
    def begin_tallies(self, row: int, prompt: Tensor, ids: Tensor, values: Tensor) -> None:
        if len(self.tallies) == 0:
            hidden = self.cache[0].hidden
            none = torch.zeros([hidden.size(0), self.ends[0].embedding.size(0)], device=hidden.device)
            self.tallies = [__torch__.Tallies(none, none.clone(), none.clone())]
        tallies = self.tallies[0]
        tallies.said.select(0, row).zero_()
        tallies.given.select(0, row).zero_().index_fill_(0, prompt, 1.0)
        tallies.bias.select(0, row).zero_().index_copy_(0, ids, values)

    # Scores (b, V) with logit bias, the repetition penalty for all tokens so far, and frequency and presence penalties for the
    # answer's.
    def penalised(self, scores: Tensor, rows: Tensor, knobs: Tensor) -> Tensor:
        tallies = self.tallies[0]
        said = tallies.said.index_select(0, rows)
        s = scores + tallies.bias.index_select(0, rows)
        repeated = (said + tallies.given.index_select(0, rows)) > 0.0
        penalty = knobs.narrow(1, 4, 1)
        s = torch.where(repeated, torch.where(s > 0.0, s / penalty, s * penalty), s)
        return s - knobs.narrow(1, 5, 1) * said - knobs.narrow(1, 6, 1) * (said > 0.0)

    # The walk of sequences that sample: from the root, a token is chosen from the scores; where a child carries it, the walk goes
    # on there. So every token is chosen from the base model's own scores, and drafting changes none. rows (b,): cache rows;
    # knobs (b, 7) and widest: see choose; keys (b, depth + 1, 2): of the noise at each depth.
    def accept_sampled(
        self, which: Tensor, tokens: Tensor, scores: Tensor, numbers: List[int], rows: Tensor, knobs: Tensor, widest: int, keys: Tensor
    ) -> Tensor:
        grove = self.grove(numbers)
        tokens = __torch__.some(tokens, which)
        scores = __torch__.some(scores, which)
        parents = __torch__.each(grove.parents, which)
        depths = __torch__.each(grove.depths, which)
        node = torch.zeros_like(which).unsqueeze(1)                                # (b, 1)
        going = node == 0                                                          # (b, 1)
        bonus = node
        for d in range(grove.paths.size(2)):
            s = scores.gather(1, node.unsqueeze(2).expand([-1, -1, scores.size(2)])).squeeze(1).to(6)    # (b, V)
            if len(self.tallies) > 0:
                s = self.penalised(s, rows, knobs)
            chosen = __torch__.choose(s, knobs, widest, keys.select(1, d)).unsqueeze(1)
            bonus = torch.where(going, chosen, bonus)
            if len(self.tallies) > 0:
                self.tallies[0].said.index_put_([rows, bonus.squeeze(1)], going.squeeze(1).to(6), True)
            carries = (parents == node) & (tokens == chosen) & (depths == d + 1)    # (b, N)
            going = going & torch.any(carries, -1, True)
            # where the host need not wait for the answer, it asks whether anybody goes on
            if not going.is_cuda and not bool(torch.any(going)):
                break
            node = torch.where(going, torch.argmax(carries.to(3), -1, True), node)
        return self.accepted(node, bonus, tokens, which, grove)

    # Keeps the accepted path of each sequence: its hidden row, last (B,) as a place in (B N), and, where the path's nodes are not
    # neighbours in the cache already, its keys and values: the nodes path (B, M) move to places (B, M), all layers at once. Both
    # repeat their last entry as often as need be.
    def commit(self, rows: Tensor, starts: Tensor, hidden: Tensor, last: Tensor, path: Tensor, places: Tensor) -> None:
        cache = self.cache[0]
        cache.hidden.index_copy_(0, rows, hidden.flatten(0, 1).index_select(0, last))
        if path.size(1) > 0:
            start = (rows * cache.keys[0].size(2) + starts).unsqueeze(1)           # (B, 1)
            kept = cache.rows.index_select(1, (start + path).flatten())
            cache.rows.index_copy_(1, (start + places).flatten(), kept)
