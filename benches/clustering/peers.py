#!/usr/bin/env python3
"""Clusters a graph with another library, in a process of its own: called by `cargo bench --bench clustering`.

usage: peers.py TOOL GRAPH LABELS SEED [SEED ...]

GRAPH is as `graphs.rs` writes it. For each seed the labels go to LABELS.SEED, and a line `run SEED CPU_MS` is printed; in the end
`peak BYTES`: the most private memory since before the graph was read. TOOL may have `:CAP:CLUSTERS` behind its name, for those
that part a graph into so many clusters of at most so many vertices.
"""
import random, sys, time
import numpy

RECORD = numpy.dtype([("a", "<u4"), ("b", "<u4"), ("weight", "<f4")])


def private(key):
    """Bytes of VmHWM or VmRSS less the pages of files."""
    lines = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return (int(lines[key].split()[0]) - int(lines["RssFile"].split()[0])) << 10


def read(path):
    """Vertices, ends and weights; the file is mapped, so that only what a library makes of it counts."""
    vertices = int(numpy.fromfile(path, "<u4", 1)[0])
    return vertices, numpy.memmap(path, RECORD, "r", offset=4)


def igraph_graph(path):
    import igraph
    vertices, edges = read(path)
    graph = igraph.Graph(n=vertices, edges=numpy.column_stack([edges["a"], edges["b"]]))
    graph.es["weight"] = edges["weight"].astype("f8")
    return graph


def igraph_run(find):
    def prepare(path):
        import igraph
        graph = igraph_graph(path)

        def run(seed):
            igraph.set_random_number_generator(random.Random(seed))
            return find(graph).membership
        return run
    return prepare


def networkit_run(find):
    def prepare(path):
        import networkit
        networkit.setNumberOfThreads(1)
        vertices, edges = read(path)
        graph = networkit.graph.Graph(vertices, weighted=True)
        graph.addEdges((edges["weight"].astype("f8"), (edges["a"].astype("u8"), edges["b"].astype("u8"))), checkMultiEdge=False)

        def run(seed):
            networkit.setSeed(seed, False)
            return find(networkit.community, graph).run().getPartition().getVector()
        return run
    return prepare


def mtkahypar_run(path, most, clusters):
    import mtkahypar
    # Weights are whole numbers there.
    vertices, edges = read(path)
    scale = 1000 / max(1.0, float(edges["weight"].mean()))
    weights = numpy.maximum(1, numpy.rint(edges["weight"] * scale)).astype(int).tolist()
    library = mtkahypar.initialize(1)

    def run(seed):
        context = library.context_from_preset(mtkahypar.PresetType.DEFAULT)
        context.set_partitioning_parameters(clusters, most * clusters / vertices - 1, mtkahypar.Objective.CUT)
        mtkahypar.set_seed(seed)
        context.logging = False
        pairs = list(zip(edges["a"].tolist(), edges["b"].tolist()))
        graph = library.create_graph(context, vertices, len(pairs), pairs, [1] * vertices, weights)
        began = time.process_time()
        parts = graph.partition(context)
        took = time.process_time() - began
        return [parts.block_id(vertex) for vertex in range(vertices)], took
    return run


TOOLS = {
    "igraph-multilevel": igraph_run(lambda graph: graph.community_multilevel(weights="weight")),
    "igraph-leiden": igraph_run(lambda graph: graph.community_leiden("modularity", weights="weight", n_iterations=2)),
    "networkit-plm": networkit_run(lambda community, graph: community.PLM(graph, par="none")),
    "networkit-plm-refine": networkit_run(lambda community, graph: community.PLM(graph, refine=True, par="none")),
    "networkit-leiden": networkit_run(lambda community, graph: community.ParallelLeiden(graph)),
}


def main(tool, path, labels, seeds):
    name, *caps = tool.split(":")
    if name == "mtkahypar":
        run = mtkahypar_run(path, int(caps[0]), int(caps[1]))
    else:
        # What the library itself takes is not the graph's.
        __import__(name.split("-")[0])
        before = private("VmRSS")
        run = TOOLS[name](path)
    for seed in seeds:
        began = time.process_time()
        found = run(int(seed))
        took = time.process_time() - began
        if isinstance(found, tuple):
            found, took = found
        numpy.asarray(found, dtype="<u4").tofile(f"{labels}.{seed}")
        print(f"run {seed} {took * 1e3}")
    if name != "mtkahypar":
        print(f"peak {max(0, private('VmHWM') - before)}")


main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
