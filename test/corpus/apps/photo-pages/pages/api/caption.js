import Anthropic from '@anthropic-ai/sdk';
import { withAuth, withLimit } from '../../lib/with-auth';

const client = new Anthropic({ timeout: 20000 });

async function caption(req, res) {
  const msg = await client.messages.create({
    model: 'claude-3-5-haiku-latest',
    max_tokens: 100,
    messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'url', url: req.body.url } }, { type: 'text', text: 'Caption?' }] }],
  });
  res.json({ caption: msg.content[0].text });
}

export default withAuth(withLimit(10, caption));
