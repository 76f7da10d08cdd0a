// apache-arrow as the library itself uses it: its 150 files are one module once they are built.
export * from 'apache-arrow';
export { Footer } from 'apache-arrow/ipc/metadata/file';
