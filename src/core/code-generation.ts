/** Whether this process may make functions of text. Not under Node's flag `--disallow-code-generation-from-strings`. */
export const MAY_GENERATE_CODE = mayGenerateCode();

function mayGenerateCode(): boolean {
  try {
    new Function();
    return true;
  } catch {
    return false;
  }
}
