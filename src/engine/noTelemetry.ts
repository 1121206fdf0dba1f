/**
 * ONNX Runtime's Linux and Windows binaries report their use to their maker unless they are told, before they are
 * loaded, not to. What runs here is the user's business: import this before `onnxruntime-node`.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';
