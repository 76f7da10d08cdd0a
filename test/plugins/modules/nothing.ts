export const other = 5;
