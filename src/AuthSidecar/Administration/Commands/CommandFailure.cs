using System.Data.Common;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Commands;

/// <summary>Ends a command: its exit code, a stable word for scripts and a sentence for people.</summary>
internal sealed class CommandFailure(int exitCode, string code, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    public string Code { get; } = code;

    public static CommandFailure WrongWords(string message) =>
        new(AuthSidecar.Administration.Commands.ExitCode.WrongWords, "usage", message);

    public static CommandFailure WrongConfiguration(string message) =>
        new(AuthSidecar.Administration.Commands.ExitCode.WrongConfiguration, "invalid_configuration", message);

    public static CommandFailure Of(Refusal refusal) =>
        new(
            refusal.Kind == RefusalKind.Invalid
                ? AuthSidecar.Administration.Commands.ExitCode.WrongWords
                : AuthSidecar.Administration.Commands.ExitCode.Refused,
            refusal.Code,
            refusal.Message
        );

    /// <summary>What an exception means to whoever typed the command, or null for a bug.</summary>
    public static CommandFailure? Of(Exception exception) =>
        exception switch
        {
            CommandFailure failure => failure,
            StoreConfigurationException => WrongConfiguration(exception.Message),
            StoreUnavailableException => StoreUnreachable(exception.Message),
            InvalidOperationException { InnerException: DbException inner } => Of(inner),
            DbException => StoreUnreachable($"The store did not answer: {exception.Message}"),
            DbUpdateException => StoreUnreachable($"The store did not take the change: {(exception.InnerException ?? exception).Message}"),
            _ => null,
        };

    private static CommandFailure StoreUnreachable(string message) =>
        new(AuthSidecar.Administration.Commands.ExitCode.StoreUnreachable, "store_unavailable", message);
}
