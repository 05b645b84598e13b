/** `12–14 %`. */
export function between({ low, high }: { readonly low: number; readonly high: number }): string {
  return `${whole(low)}–${whole(high)} %`;
}

/** How far the order may be called a ranking; empty when it may in full, otherwise a sentence with a space after it. */
export function resolution(places: number, shown: number): string {
  if (shown < 2 || places >= shown - 1) return '';
  return places === 0
    ? 'The order among these is not resolved: their intervals overlap. '
    : `The first ${places} stand${places === 1 ? 's' : ''} apart from the rest; the order of the others is not resolved. `;
}

function whole(share: number): string {
  return (share * 100).toFixed(share < 0.1 ? 1 : 0);
}
