/**
 * What parquet-wasm's types name of the types of browsers; Node has the same objects, but its types have not.
 */
declare namespace WebAssembly {
  interface Table {
    readonly length: number;
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
}
