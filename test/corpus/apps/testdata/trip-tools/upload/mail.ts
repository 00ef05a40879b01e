import sgMail from '@sendgrid/mail';

sgMail.setApiKey('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');

export const passwordMail = { subject: 'Your password', template: 'password-reset-v2' };
export const secretName = 'prod/trip/mail';

export async function invite(to: string): Promise<void> {
  await sgMail.send({ to, from: 'trips@example.net', subject: 'Come along', text: 'https://trips.example.net' });
}
