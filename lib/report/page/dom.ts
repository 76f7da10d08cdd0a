/** What an element is made with: attributes, or properties of its `dataset`, `onclick` and the like. */
export interface Made {
  readonly class?: string;
  readonly text?: string;
  readonly title?: string;
  readonly onclick?: (event: MouseEvent) => void;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Makes an element. Text is text: nothing that comes from the network is ever read as HTML. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  made: Made = {},
  ...children: readonly (Node | string | null)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (made.class !== undefined) element.className = made.class;
  if (made.text !== undefined) element.textContent = made.text;
  if (made.title !== undefined) element.title = made.title;
  if (made.onclick !== undefined) element.addEventListener('click', made.onclick as EventListener);
  for (const [name, value] of Object.entries(made.attributes ?? {})) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A group of buttons of which one is pressed. */
export function choice<Value extends string>(
  label: string,
  values: readonly (readonly [Value, string])[],
  chosen: Value,
  choose: (value: Value) => void,
): HTMLElement {
  const group = make('div', { class: 'choice', attributes: { role: 'group', 'aria-label': label } });
  for (const [value, text] of values) {
    const button = make('button', { text, attributes: { type: 'button', 'aria-pressed': String(value === chosen) } });
    button.addEventListener('click', () => {
      for (const other of group.querySelectorAll('button')) other.setAttribute('aria-pressed', String(other === button));
      choose(value);
    });
    group.append(button);
  }
  return group;
}
