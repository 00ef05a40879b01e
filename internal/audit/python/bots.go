package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit/syntax/python"
)

// botHandler is a function that runs when somebody writes to a bot, or presses one of its buttons.
type botHandler struct {
	unit   *unit
	def    *python.FunctionDef
	class  *python.ClassDef // a cog of Discord, or nil
	at     python.Node      // where it is declared: its decorator, or its definition
	filter []python.Expr    // what decides whether it runs: decorators, and arguments of its registration
}

// botLibraries are the modules whose presence makes a file one of a bot.
func botLibraries() []string {
	return []string{"telegram", "aiogram", "telebot", "discord", "nextcord", "disnake", "pyrogram", "telethon"}
}

func isBot(u *unit) bool {
	for _, dotted := range u.imports {
		root, _, _ := strings.Cut(dotted, ".")
		if slices.Contains(botLibraries(), root) {
			return true
		}
	}
	return false
}

// botHandlers finds the handlers of a project's bots, each once.
func botHandlers(all *units) []*botHandler {
	var list []*botHandler
	seen := map[*python.FunctionDef]bool{}
	add := func(h *botHandler) {
		if h != nil && h.def != nil && !h.unit.file.Test && !seen[h.def] {
			seen[h.def] = true
			list = append(list, h)
		}
	}
	for _, u := range all.sources() {
		if !isBot(u) {
			continue
		}
		for _, f := range functionsOf(u) {
			add(decoratedHandler(f))
		}
		calls(u.module, func(c *python.Call) { add(registeredHandler(all, u, c)) })
	}
	return list
}

// handlerDecorators are the last names of decorators that make a function a handler.
func handlerDecorators() []string {
	return []string{
		"message_handler", "callback_query_handler", "inline_handler", "edited_message_handler", "channel_post_handler", "business_message_handler", // telebot, aiogram 2
		"message", "callback_query", "inline_query", "edited_message", "channel_post", "business_message", // aiogram 3
		"command", "slash_command", "hybrid_command", "user_command", "message_command", "context_menu", "event", "listener", "listen", "button", // discord
		"on_message", "on_callback_query", "on_inline_query", "on_edited_message", // pyrogram
		"on", // telethon
	}
}

// decoratedHandler takes @bot.message_handler(...), @router.message(...), @bot.tree.command(...), @bot.event.
func decoratedHandler(f *function) *botHandler {
	for _, d := range f.def.DecoratorList {
		e := d
		if c, ok := d.(*python.Call); ok {
			e = c.Func
		}
		name := f.unit.dotted(e)
		short := last(name)
		switch {
		case short == name || !slices.Contains(handlerDecorators(), short) || strings.HasPrefix(name, "click.") || strings.HasPrefix(name, "typer."):
			continue
		case (short == "event" || short == "listener" || short == "listen") && !strings.HasPrefix(f.def.Name, "on_message") && f.def.Name != "on_interaction":
			continue
		case short == "on" && !strings.Contains(textOf(d), "events"):
			continue
		}
		return &botHandler{unit: f.unit, def: f.def, class: f.class, at: d, filter: f.def.DecoratorList}
	}
	return nil
}

// registeredHandler takes CommandHandler("ask", ask), dp.message.register(ask), bot.register_next_step_handler(m, ask).
func registeredHandler(all *units, u *unit, c *python.Call) *botHandler {
	name := last(u.dotted(c.Func))
	var callback python.Expr
	switch {
	case slices.Contains([]string{"CommandHandler", "MessageHandler", "PrefixHandler", "ConversationHandler"}, name):
		callback = argument(c, 1, "callback")
	case slices.Contains([]string{"CallbackQueryHandler", "InlineQueryHandler", "ChosenInlineResultHandler"}, name):
		callback = argument(c, 0, "callback")
	case strings.HasPrefix(name, "register_next_step_handler"):
		callback = argument(c, 1, "callback")
	case strings.HasPrefix(name, "register_") && strings.HasSuffix(name, "_handler"):
		callback = argument(c, 0, "callback")
	case name == "register" && slices.Contains([]string{"message", "callback_query", "inline_query"}, last(strings.TrimSuffix(plain(c.Func), ".register"))):
		callback = argument(c, 0, "callback")
	}
	if callback == nil {
		return nil
	}
	f, owner := all.function(u, callback)
	if f == nil {
		return nil
	}
	filter := append([]python.Expr{}, f.DecoratorList...)
	for _, a := range c.Args {
		if a != callback {
			filter = append(filter, a)
		}
	}
	for _, k := range c.Keywords {
		filter = append(filter, k.Value)
	}
	return &botHandler{unit: owner, def: f, at: f, filter: filter}
}
