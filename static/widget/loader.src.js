// Memo's loader: the only script of ours that runs in the host's page. It draws the launcher, makes the frame when the
// visitor shows intent, and passes notes between page and frame; before that nothing is stored and nothing fetched.
// static/widget/memo.js is made of this file by `python -m widget.minify`; docs/widget.md describes the notes.
((win, doc) => {
  if (win.memo?.v) return
  const script = doc.currentScript
  const { origin, href: base } = new URL('.', script.src)
  const phone = matchMedia('(max-width:640px),(max-height:480px)')
  const words = {
    en: ['Open chat', 'Close chat', 'unread'],
    de: ['Chat öffnen', 'Chat schließen', 'ungelesen'],
    sv: ['Öppna chatten', 'Stäng chatten', 'olästa'],
  }
  // The host's rules reach only the element itself, which has no box; the parts inside start from nothing.
  const style = (colour, scheme, side) => `:host{display:contents!important}
button,div{all:initial;color-scheme:${scheme};position:fixed;z-index:2147483000;inset-block:auto 24px;inset-inline:${side};inline-size:56px;block-size:56px;background:${colour};border-radius:50% 50% 6px 50%;box-shadow:0 0 0 1px #0001,0 16px 40px -8px #0006}
button{cursor:pointer;forced-color-adjust:none}
button:focus-visible{outline:3px solid ${colour};outline-offset:3px}
button::before{content:"";position:absolute;inset:16px;background:#fff;clip-path:path("M3 2h18a3 3 0 0 1 3 3v11a3 3 0 0 1-3 3h-9l-6 5v-5H3a3 3 0 0 1-3-3V5a3 3 0 0 1 3-3")}
[aria-expanded=true]::before{clip-path:path("m5 3.5 7 7 7-7L20.5 5l-7 7 7 7-1.5 1.5-7-7-7 7L3.5 19l7-7-7-7z")}
i{position:absolute;inset-block:-5px auto;inset-inline:auto -5px;min-inline-size:12px;padding:0 5px;border-radius:11px;background:#c62f1c;color:#fff;font:600 12px/22px system-ui;text-align:center}
div{inset-block-end:96px;inline-size:380px;block-size:640px;max-inline-size:calc(100% - 48px);max-block-size:calc(100% - 120px);border-radius:20px;overflow:hidden;background:light-dark(#fafaf7,#151d1a)}
.large{inline-size:720px;block-size:860px}
.full{inset:0;min-inline-size:100%;min-block-size:100%;border-radius:0}
div[hidden]{visibility:hidden}
button[hidden],.full+[aria-expanded=true]{display:none}
iframe{border:0;inline-size:100%;block-size:100%;color-scheme:${scheme}}`
  const sheet = new CSSStyleSheet()
  let options = {}, listeners = [], notes = [], unread = 0
  let isOpen, acted, size, place, host, panel, button, badge, frame, port

  // --- what the host's storage keeps, once the visitor has acted -----------------------------------------
  const kept = () => {
    try {
      return JSON.parse(localStorage[place])
    } catch {
      return {}
    }
  }
  const put = (name, value) => {
    try {
      if (acted) localStorage[place] = JSON.stringify({ ...kept(), [name]: value })
    } catch {}
  }

  // --- launcher ------------------------------------------------------------------------------------------
  const emit = (name, data) => listeners.forEach((pair) => pair[0] === name && setTimeout(pair[1], 0, data))
  const language = () => [options.locale, doc.documentElement.lang, navigator.language].map((tag) => `${tag}`.slice(0, 2)).find((tag) => words[tag]) || 'en'
  const draw = () => {
    const [open, shut, waiting] = words[language()], { colour, theme, position } = options
    sheet.replaceSync(style(colour || 'oklch(.31 .06 170)', theme || 'light dark', position === 'left' ? '24px auto' : 'auto 24px'))
    button.ariaExpanded = !!isOpen
    button.ariaLabel = isOpen ? shut : open + (unread ? ` (${unread} ${waiting})` : '')
    badge.textContent = unread
    badge.hidden = isOpen || !unread
    panel.hidden = !isOpen
    panel.className = phone.matches ? 'full' : size
  }
  const make = (parent, tag) => parent.appendChild(doc.createElement(tag))
  // Beside the body: nothing that the host does to its body (a transform, a new page) moves or reloads us.
  const attach = () => doc.documentElement.append(host)
  customElements.define('memo-widget', class extends HTMLElement {
    // Hosts that swap their pages (Turbo, single-page) remove what is around us: come back as we were.
    disconnectedCallback() {
      setTimeout(attach)
    }
  })

  // --- frame ---------------------------------------------------------------------------------------------
  const preload = () => {
    if (frame) return
    frame = make(panel, 'iframe')
    frame.title = 'Chat'
    frame.onload = () => setTimeout(() => port || heard.fail(), 2e3)
    frame.src = `${base}frame/${options.key}/?lang=${language()}`
  }
  const here = () => ({ url: location.href.split(/[?#]/)[0], title: doc.title, here: doc.hasFocus() && !doc.hidden, full: phone.matches, open: isOpen, size })
  const tell = (kind, value) => {
    const note = [kind, value, here()]
    port ? port.postMessage(note) : notes.push(note)
  }
  const heard = {
    close: () => (api.close(), button.focus()),
    size: (value) => api.size(value),
    unread: (count) => (unread = count, draw(), emit('unread', count)),
    put: (pair) => put(...pair),
    emit: (pair) => emit(...pair),
    here: () => tell('here'),
    fail: () => (frame?.remove(), frame = port = 0, api.close(), emit('error', { error: 'unavailable' })),
  }
  addEventListener('message', ({ source, origin: from, data }) => {
    if (source !== frame?.contentWindow || from !== origin || data !== 'memo:hello') return
    const channel = new MessageChannel()
    port = channel.port1
    port.onmessage = ({ data }) => heard[data[0]](data[1])
    source.postMessage(['memo:welcome', [options, kept()], here()], origin, [channel.port2])
    notes.splice(0).forEach((note) => port.postMessage(note))
    emit('ready')
  })
  phone.onchange = () => api.update()

  // --- what the page may call ----------------------------------------------------------------------------
  const api = {
    __proto__: null,
    boot(data) {
      options = { ...script.dataset, ...options, ...data }
      if (host || !options.key) return api.show(), api.update()
      place = 'memo:' + options.key
      const before = kept()
      acted = before.seen
      size = before.size || 'small'
      host = doc.createElement('memo-widget')
      const root = host.attachShadow({ mode: 'closed' })
      root.adoptedStyleSheets = [sheet]
      panel = make(root, 'div')
      button = make(root, 'button')
      badge = make(button, 'i')
      button.onclick = () => api.toggle()
      button.onpointerenter = button.onfocus = preload
      root.onkeydown = ({ key }) => key === 'Escape' && api.close()
      attach()
      draw()
      if (acted) Date.now() - before.open < 18e5 && !phone.matches ? api.open() : (win.requestIdleCallback || setTimeout)(preload)
    },
    update(data) {
      Object.assign(options, data)
      if (host) draw(), tell('update', options)
    },
    identify: (data) => api.update(data),
    set: (name, value) => api.update({ [name]: value }),
    open() {
      if (!host || isOpen) return
      isOpen = acted = 1
      preload()
      put('seen', 1)
      put('open', Date.now())
      draw()
      tell('open')
      frame.focus()
      emit('open')
    },
    close() {
      if (!isOpen) return
      isOpen = 0
      put('open')
      draw()
      tell('close')
      emit('close')
    },
    toggle: () => (isOpen ? api.close() : api.open()),
    show: () => host && (button.hidden = false),
    hide: () => host && (button.hidden = true),
    size(value) {
      put('size', (size = value))
      api.update()
    },
    prefill: (text) => tell('prefill', text),
    track: (title) => tell('track', title),
    on: (...pair) => listeners.push(pair),
    off: (name, listener) => (listeners = listeners.filter((pair) => pair[0] !== name || pair[1] !== listener)),
    shutdown() {
      if (!host) return
      api.close()
      api.hide()
      if (acted) preload(), tell('shutdown')
      acted = 0
      options = {}
      try {
        delete localStorage[place]
      } catch {}
    },
  }
  const waiting = win.memo?.q || []
  win.memo = (name, ...rest) => api[name]?.(...rest)
  win.memo.v = 1
  const start = () => {
    script.dataset.auto === 'off' || api.boot()
    waiting.forEach((call) => win.memo(...call))
  }
  doc.body ? start() : addEventListener('DOMContentLoaded', start)
})(window, document)
