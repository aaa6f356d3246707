// The steps of a person on a page of Swagger UI. A step waits until the page is ready for it, and not for a time: Execute, pressed
// before the page has resolved the operation and kept its example, sends no request and shows no error.
({
  // authorize gives the page a token, in its dialog.
  async authorize(token) {
    const dialog = '.auth-container '
    this.find('.scheme-container .btn.authorize').click()
    this.write(await this.when('the dialog is open', () => this.find(dialog + 'input')), token)
    this.find(dialog + '.btn.authorize').click()
    this.find(dialog + '.btn-done').click()
    await this.when('the dialog is closed', () => !this.find(dialog))
  },

  // execute opens an operation, presses Execute and returns the answer that the page shows. A body takes the place of the example.
  async execute(operation, body) {
    const block = this.find(`[id^=operations-][id$=-${operation}]`)
    const method = this.find('.opblock-summary-method', block).innerText.toLowerCase()
    const path = this.find('.opblock-summary-path', block).dataset.path
    const resolved = () => ui.specSelectors.specResolvedSubtree(['paths', path, method])
    const kept = () => ui.oas3Selectors.requestBodyValue(path, method)

    this.find('.opblock-summary-control', block).click()
    await this.when(`${operation} shows its example`, () => resolved() && (kept() || !resolved().has('requestBody')))
    if (body !== null) {
      const text = JSON.stringify(body)
      this.write(this.find('textarea.body-param__text', block), text)
      await this.when(`${operation} has the body`, () => kept() === text)
    }
    this.find('.btn.execute', block).click()
    const answer = '.live-responses-table tbody '
    const status = await this.when(`${operation} has an answer`, () => this.find(answer + '.response-col_status', block))
    const shown = {status: status.innerText.trim(), body: this.find(answer + '.highlight-code code', block)?.textContent ?? ''}
    this.find('.opblock-summary-control', block).click() // with many open operations the page is slow
    return shown
  },

  find: (selector, within = document) => within.querySelector(selector),

  // write replaces what a field holds.
  write(field, text) {
    field.focus()
    field.select()
    document.execCommand('insertText', false, text)
  },

  // when returns what ready finds, as soon as it finds something.
  when: (what, ready) => new Promise((resolve, reject) => {
    const started = Date.now()
    const look = () => {
      const found = ready()
      if (found) return resolve(found)
      if (Date.now() - started < 60_000) return setTimeout(look, 10)
      reject(new Error(`for a minute it was not so that ${what}; the page shows: ${document.body.innerText.slice(0, 2000)}`))
    }
    look()
  }),
})
