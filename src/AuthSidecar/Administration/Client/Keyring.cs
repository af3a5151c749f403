using System.ComponentModel;
using System.Diagnostics;

namespace AuthSidecar.Administration.Client;

/// <summary>The person's keyring, through the program that the platform has for it. A keyring that does not answer holds nothing.</summary>
internal sealed class Keyring(KeyringProgram program)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    /// <summary>A person may have to unlock the keyring.</summary>
    private static readonly TimeSpan _patienceOfPerson = TimeSpan.FromSeconds(60);

    /// <param name="variable">Reads a variable of the environment.</param>
    /// <returns>Null: this machine has no program for a keyring, or no session that has one.</returns>
    public static Keyring? Find(Func<string, string?> variable) => KeyringProgram.Find(variable) is { } program ? new(program) : null;

    /// <summary>True if it answers; an unlocked keyring is not needed for that.</summary>
    public async Task<bool> AnswersAsync(Uri server, CancellationToken cancellationToken)
    {
        var run = await RunAsync(program.Find(NameOf(server)), null, _patience, cancellationToken);
        return run is { ExitCode: 0 } || (run is { } absent && program.IsAbsent(absent.ExitCode, absent.Error));
    }

    /// <returns>Null: it holds no token of the server, or does not give it.</returns>
    public async Task<string?> FindAsync(Uri server, CancellationToken cancellationToken) =>
        await RunAsync(program.Find(NameOf(server)), null, _patienceOfPerson, cancellationToken) is { ExitCode: 0 } found
        && found.Output.TrimEnd('\n') is { Length: > 0 } token
            ? token
            : null;

    /// <summary>Stores a token in place of the one before.</summary>
    /// <returns>False: not stored.</returns>
    public async Task<bool> SetAsync(Uri server, string token, CancellationToken cancellationToken)
    {
        var name = NameOf(server);

        // One that the input of a program could misread is left to the file.
        return token.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.')
            && await RunAsync(program.Set(name), program.SetInput(name, token), _patienceOfPerson, cancellationToken) is { ExitCode: 0 }
            && await FindAsync(server, cancellationToken) == token;
    }

    public Task RemoveAsync(Uri server, CancellationToken cancellationToken) =>
        RunAsync(program.Remove(NameOf(server)), null, _patienceOfPerson, cancellationToken);

    private static string NameOf(Uri server) => ServerAddress.NameOf(server);

    /// <returns>Null: it did not start, or did not end in time.</returns>
    private async Task<(int ExitCode, string Output, string Error)?> RunAsync(
        IReadOnlyList<string> arguments,
        string? input,
        TimeSpan patience,
        CancellationToken cancellationToken
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        using var process = new Process
        {
            StartInfo = new(program.File, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            return null;
        }

        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await error);
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }
}
