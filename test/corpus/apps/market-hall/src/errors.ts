export class AppError extends Error {
  constructor(readonly status: number, readonly publicMessage: string, cause?: unknown) {
    super(publicMessage, { cause });
  }
}
export const notFound = () => new AppError(404, 'not found');
