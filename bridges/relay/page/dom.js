// Small steps that every view takes. Text from the relay only ever becomes text.
const byId = (id) => document.getElementById(id);

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setData(element, name, value) {
  if (element.dataset[name] !== value) element.dataset[name] = value;
}

function make(name, className = '', text = '') {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

/** Gives `parent` as many children as there are items, and each item its own to fill. */
function fillList(parent, items, create, fill) {
  while (parent.children.length > items.length) parent.lastElementChild.remove();
  while (parent.children.length < items.length) parent.append(create());
  items.forEach((item, i) => fill(parent.children[i], item));
}

/** [[term, text, className], …] as a description list. */
function fillTerms(list, terms) {
  const create = () => {
    const pair = make('div');
    pair.append(make('dt'), make('dd'));
    return pair;
  };
  fillList(list, terms, create, (pair, [term, text, className = '']) => {
    setText(pair.firstChild, term);
    setText(pair.lastChild, text);
    if (pair.lastChild.className !== className) pair.lastChild.className = className;
  });
}

/** Texts as the cells of a row. */
function fillRow(row, texts) {
  fillList(row, texts, () => make('td'), setText);
}

/** Freshness by colour, shape and word. */
function setBadge(badge, {freshness, reason}) {
  setData(badge, 'fresh', freshness);
  setText(badge, verdict({freshness, reason}));
}

function setPriceText(element, price) {
  if (element.dataset.price === price) return;
  element.dataset.price = price;
  const [digits, zeros] = splitZeros(price);
  element.replaceChildren(digits, make('span', 'zeros', zeros));
}
