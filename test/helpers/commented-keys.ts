/** A workflow file with every key set that it only shows as a comment. */
export function uncommented(text: string): string {
  return text.replace(/^( *)# ((?:[a-z_]+:|-)(?: .*)?)$/gm, '$1$2');
}
