using AuthSidecar.Administration.Client;

namespace AuthSidecar.Administration.Commands;

/// <summary>One run of <c>login</c>. What a person reads goes to standard error, so that standard output holds only the result.</summary>
internal sealed class Login(CommandEnvironment environment, Uri server, string clientId, CommandOutput output)
{
    /// <param name="label">Name of this device.</param>
    /// <param name="scope">Scopes separated by blanks; null: the client's.</param>
    /// <param name="print">Prints the token instead of storing it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task RunAsync(string label, string? scope, bool print, CancellationToken cancellationToken)
    {
        // Before a person takes the trouble.
        var file = print ? null : new TokenFile(environment.Variable, environment.Time);
        _ = file?.Find(server);
        using var client = new DeviceClient(server, environment.Time);
        var started = await client.StartAsync(clientId, label, scope, cancellationToken);
        Show(started, label, print);
        var answer = await client.WaitAsync(started, clientId, cancellationToken);
        var token = new StoredToken(
            answer.Token!,
            clientId,
            answer.TokenId,
            answer.ExpiresIn is > 0 and < int.MaxValue and var seconds ? environment.Time.GetUtcNow().AddSeconds(Math.Floor(seconds)) : null
        );
        if (file is null)
        {
            output.Write(
                new
                {
                    Server = ServerAddress.NameOf(server),
                    token.Token,
                    token.TokenId,
                    token.ExpiresAt,
                },
                writer => writer.WriteLine(token.Token)
            );
            return;
        }

        var former = await file.SetAsync(server, token, cancellationToken);
        if (former is not null && former.Token != token.Token)
        {
            await RevokeAsync(client, former, cancellationToken);
        }

        output.Write(
            new
            {
                Server = ServerAddress.NameOf(server),
                token.TokenId,
                token.ExpiresAt,
                File = file.FileName,
            },
            writer =>
                writer.WriteLine(
                    $"Logged in to {ServerAddress.NameOf(server)}; the token is in {file.FileName}"
                        + (token.ExpiresAt is { } end ? $" and expires {TextTable.Time(end, "")}." : ".")
                )
        );
    }

    private void Show(DeviceAuthorization started, string label, bool print)
    {
        var error = environment.Error;
        error.WriteLine($"To give \"{label}\" access, open this address in a browser:");
        error.WriteLine();
        error.WriteLine($"  {started.Address}");
        error.WriteLine();
        error.WriteLine("and enter this code:");
        error.WriteLine();
        error.WriteLine($"  {started.UserCode}");
        error.WriteLine();
        var picture =
            print || environment.TerminalWidth() is not (> 0 and var columns)
                ? []
                : QrCode.Lines(started.AddressWithCode ?? started.Address!, columns);
        if (picture.Count > 0)
        {
            error.WriteLine("Or scan this, and compare the code that the page shows:");
            error.WriteLine();
            foreach (var line in picture)
            {
                error.WriteLine(line);
            }

            error.WriteLine();
        }

        error.WriteLine($"Waiting for the approval, for {Math.Ceiling(started.ExpiresIn / 60)} minutes at most.");
    }

    // The new login has succeeded in any case.
    private async Task RevokeAsync(DeviceClient client, StoredToken former, CancellationToken cancellationToken)
    {
        try
        {
            await client.RevokeAsync(former.Token, former.ClientId, cancellationToken);
        }
        catch (ServerException fault)
        {
            environment.Error.WriteLine($"warning: the token of the login before was not revoked: {fault.Message}");
        }
    }
}
