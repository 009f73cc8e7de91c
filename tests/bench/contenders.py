"""Those that are measured: each is made of a case's files, has `run()`, and `output()` afterwards. One that is not here raises Missing."""

import ctypes
import json
from functools import partial

import numpy as np


class Missing(Exception):
    """Why a contender cannot take part."""


class Interpreter:
    """Strata's interpreter, through strata.h."""

    name = "interpreter"
    ours = True
    needs = "weights"
    compiled = False

    def __init__(self, case, files, cores, build):
        library = ctypes.CDLL(str(build / "tests" / "libbench_runner.so"))
        library.runner_make.restype = ctypes.c_void_p
        library.runner_input.restype = ctypes.POINTER(ctypes.c_float)
        library.runner_output.restype = ctypes.POINTER(ctypes.c_float)
        library.runner_run.restype = ctypes.c_bool
        net = case.net.encode() if case.net else None
        numbers = ctypes.c_int64(case.batch), ctypes.c_int(cores), ctypes.c_bool(self.compiled)
        runner = library.runner_make(bytes(files.model), net, bytes(files.weights), *numbers)
        if not runner:
            raise Missing("the net could not be made")
        self._library = library
        self._runner = ctypes.c_void_p(runner)
        values = np.load(files.input)
        np.ctypeslib.as_array(library.runner_input(self._runner), values.shape)[...] = values

    def run(self):
        self._library.runner_run(self._runner)

    def output(self, shape):
        return np.ctypeslib.as_array(self._library.runner_output(self._runner), shape).copy()


class Compiled(Interpreter):
    """The same with kernels that are compiled for this net and this processor."""

    name = "jit"
    compiled = True


def _aligned(size, alignment):
    """Memory for a model, kept by its owner."""
    memory = np.zeros(size + alignment, np.uint8)
    return memory[-memory.ctypes.data % alignment :][:size]


class _Weights(ctypes.Structure):
    _fields_ = [("weights", ctypes.c_void_p), ("prepared", ctypes.c_void_p), ("mapped", ctypes.c_void_p), ("size", ctypes.c_size_t)]


class _Options(ctypes.Structure):
    _fields_ = [("parallel", ctypes.c_void_p), ("seed", ctypes.c_uint64), ("step", ctypes.c_uint64), ("first", ctypes.c_uint64)]


class Built:
    """The library that `strata build` makes, called as its manifest says; its loops run on threads of ours where there are several cores."""

    name = "built"
    ours = True
    needs = "manifest"

    def __init__(self, case, files, cores, build):
        manifest = json.loads(files.manifest.read_text(encoding="utf-8"))
        library = ctypes.CDLL(str(files.manifest.parent / manifest["files"]["shared"]))
        alignment = manifest["alignment"]
        self._input = np.load(files.input)
        self._output = np.zeros(np.load(files.expected).shape, np.float32)
        self._workspace = _aligned(manifest["workspace"]["one" if case.batch == 1 else "more"], alignment)
        self._weights = _Weights()
        if manifest["weights"]["prepared_bytes"]:
            self._prepared = _aligned(manifest["weights"]["prepared_bytes"], alignment)
            self._check(library.model_prepare(ctypes.byref(self._weights), ctypes.c_void_p(self._prepared.ctypes.data)))
        self._options = _Options()
        if cores > 1:
            threads = ctypes.CDLL(str(build / "tests" / "libbench_threads.so"))
            threads.threads_make.restype = ctypes.c_void_p
            self._options.parallel = threads.threads_make(ctypes.c_int(cores))
        weights = [ctypes.byref(self._weights)] if manifest["weights"]["parameter"] else []
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in (self._input, self._output, self._workspace)]
        arguments = [*weights, *pointers, ctypes.c_size_t(case.batch), ctypes.byref(self._options)]
        function = library.model_run_with
        self._check(function(*arguments))
        self.run = partial(function, *arguments)

    @staticmethod
    def _check(code):
        if code != 0:
            raise Missing(f"error {code}")

    def output(self, shape):
        return self._output.reshape(shape)


class OnnxRuntime:
    """ONNX Runtime: all optimisations, its memory bound beforehand."""

    name = "ONNX Runtime"
    ours = False
    needs = "onnx"

    def __init__(self, case, files, cores, build):
        try:
            import onnxruntime
        except ImportError as error:
            raise Missing(str(error)) from error
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.intra_op_num_threads = cores
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(files.onnx), options, providers=["CPUExecutionProvider"])
        self._input = np.load(files.input)
        self._output = np.zeros(np.load(files.expected).shape, np.float32)
        binding = session.io_binding()
        for bind, value, array in (
            (binding.bind_input, session.get_inputs()[0], self._input),
            (binding.bind_output, session.get_outputs()[0], self._output),
        ):
            bind(value.name, "cpu", 0, np.float32, array.shape, array.ctypes.data)
        self.run = partial(session.run_with_iobinding, binding)

    def output(self, shape):
        return self._output.reshape(shape)


class OpenVino:
    """OpenVINO: for latency, in single precision and nothing less."""

    name = "OpenVINO"
    ours = False
    needs = "onnx"

    def __init__(self, case, files, cores, build):
        try:
            import openvino
        except ImportError as error:
            raise Missing(str(error)) from error
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": cores, "INFERENCE_PRECISION_HINT": "f32"}
        model = openvino.Core().compile_model(str(files.onnx), "CPU", settings)
        request = model.create_infer_request()
        request.set_input_tensor(openvino.Tensor(np.load(files.input)))
        self._model = model
        self._request = request
        self.run = request.infer

    def output(self, shape):
        return self._request.get_output_tensor().data.reshape(shape)


CONTENDERS = (Interpreter, Compiled, Built, OnnxRuntime, OpenVino)
