export default { serverExternalPackages: ['nfstream'] };
