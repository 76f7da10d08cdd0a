/** The commands that come before the names of files. A capture of such a name is given as `./convert`. */
export const subcommandNames = ['build-ndpi', 'check', 'convert', 'report', 'sql', 'stitch', 'summary', 'top'] as const;
