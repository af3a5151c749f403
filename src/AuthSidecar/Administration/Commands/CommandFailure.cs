using System.Data.Common;
using AuthSidecar.Administration.Client;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Commands;

/// <summary>Ends a command with an exit code, a stable code for scripts and a message for people.</summary>
internal sealed class CommandFailure(int exitCode, string code, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    public string Code { get; } = code;

    /// <summary>Name of the store that the command used; null: none.</summary>
    public string? Store { get; private init; }

    /// <summary>The same failure, of a command that used this store.</summary>
    public CommandFailure On(string store) => new(ExitCode, Code, Message) { Store = store };

    public static CommandFailure UsageError(string message) =>
        new(AuthSidecar.Administration.Commands.ExitCode.UsageError, "usage", message);

    public static CommandFailure ConfigurationError(string message) =>
        new(AuthSidecar.Administration.Commands.ExitCode.ConfigurationError, "invalid_configuration", message);

    public static CommandFailure Of(Refusal refusal) =>
        new(
            refusal.Kind == RefusalKind.Invalid
                ? AuthSidecar.Administration.Commands.ExitCode.UsageError
                : AuthSidecar.Administration.Commands.ExitCode.Refused,
            refusal.Code,
            refusal.Message
        );

    /// <summary>Failure for an expected exception; null for a bug.</summary>
    public static CommandFailure? Of(Exception exception) =>
        exception switch
        {
            CommandFailure failure => failure,
            ServerException { IsUnreachable: true } lost => new(
                AuthSidecar.Administration.Commands.ExitCode.Unreachable,
                lost.Code,
                lost.Message
            ),
            ServerException refused => new(AuthSidecar.Administration.Commands.ExitCode.Refused, refused.Code, refused.Message),
            StoreConfigurationException => ConfigurationError(exception.Message),
            StoreUnavailableException => StoreUnreachable(exception.Message),
            UnauthorizedAccessException => StoreUnreachable(exception.Message),
            InvalidOperationException { InnerException: DbException inner } => Of(inner),
            DbException => StoreUnreachable($"The store did not answer: {exception.Message}"),
            DbUpdateException => StoreUnreachable($"The store rejected the change: {(exception.InnerException ?? exception).Message}"),
            _ => null,
        };

    private static CommandFailure StoreUnreachable(string message) =>
        new(AuthSidecar.Administration.Commands.ExitCode.Unreachable, "store_unavailable", message);
}
