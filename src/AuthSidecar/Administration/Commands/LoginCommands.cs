using System.CommandLine;
using AuthSidecar.Administration.Client;
using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>login</c>, <c>logout</c> and <c>token</c>: a token for this machine from a sidecar elsewhere, by the device flow.</summary>
internal static class LoginCommands
{
    private const string DefaultClient = "authsidecar-cli";
    private const int LongestLabel = 128;
    private static readonly string[] _places = ["file", "keyring"];

    public static Command LogIn(CommandEnvironment environment)
    {
        var server = Server();
        var client = new Option<string>("--client")
        {
            Description = "Client of the server's Device:Clients.",
            HelpName = "ID",
            DefaultValueFactory = _ => DefaultClient,
        };
        var label = new Option<string?>("--label")
        {
            Description = "Name of this device on the page of the approval. Default: user and host.",
            HelpName = "TEXT",
        };
        var scopes = new Option<string[]>("--scope")
        {
            Description = "A scope of the token; repeatable. Default: the client's.",
            HelpName = "S",
        };
        var print = new Option<bool>("--print") { Description = "Print only the token to standard output, and store nothing." };
        var store = new Option<string?>("--store")
        {
            Description = "Where the token is stored. Default: the keyring if one answers, else the file.",
        };
        store.AcceptOnlyFromAmong(_places);
        var command = new Command("login", "Get a token for this machine: a person approves it in a browser.")
        {
            server,
            client,
            label,
            scopes,
            print,
            store,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(print) && result.GetResult(store) is not null)
            {
                result.AddError("--print stores nothing; give --print or --store.");
            }
        });
        command.SetAction(
            async (arguments, cancellationToken) =>
            {
                var login = new Login(
                    environment,
                    arguments.GetRequiredValue(server),
                    arguments.GetRequiredValue(client),
                    new(environment.Output, arguments.GetValue(CommandLine.Json))
                );
                await login.RunAsync(
                    LabelOf(arguments.GetValue(label)),
                    arguments.GetValue(scopes) is { Length: > 0 } wanted ? string.Join(' ', wanted) : null,
                    arguments.GetValue(print),
                    arguments.GetValue(store) is { } place ? Enum.Parse<TokenPlace>(place, ignoreCase: true) : null,
                    cancellationToken
                );
                return ExitCode.Done;
            }
        );
        return command;
    }

    public static Command LogOut(CommandEnvironment environment)
    {
        var server = Server();
        var command = new Command("logout", "Revoke the token of this machine, and remove it.") { server };
        command.SetAction(
            async (arguments, cancellationToken) =>
            {
                var address = arguments.GetRequiredValue(server);
                var store = TokenStore.Open(environment.Variable, environment.Time);
                var stored = await store.FindAsync(address, cancellationToken) ?? throw NoToken(address);
                using (var client = new DeviceClient(address, environment.Time))
                {
                    await client.RevokeAsync(stored.Token, stored.ClientId, cancellationToken);
                }

                await store.RemoveAsync(address, cancellationToken);
                new CommandOutput(environment.Output, arguments.GetValue(CommandLine.Json)).Write(
                    new { Server = ServerAddress.NameOf(address), stored.TokenId },
                    writer => writer.WriteLine($"Revoked and removed the token for {ServerAddress.NameOf(address)}.")
                );
                return ExitCode.Done;
            }
        );
        return command;
    }

    public static Command Token(CommandEnvironment environment)
    {
        var server = Server();
        var command = new Command("token", "Print the token of this machine, for scripts.") { server };
        command.SetAction(
            async (arguments, cancellationToken) =>
            {
                var address = arguments.GetRequiredValue(server);
                var store = TokenStore.Open(environment.Variable, environment.Time);
                var stored = await store.FindAsync(address, cancellationToken) ?? throw NoToken(address);
                if (stored.ExpiresAt <= environment.Time.GetUtcNow())
                {
                    throw new CommandFailure(
                        ExitCode.Refused,
                        "token_expired",
                        $"The token has expired. Run: authsidecar login --server {ServerAddress.NameOf(address)}"
                    );
                }

                if (store.IsExposed)
                {
                    environment.Error.WriteLine(
                        $"warning: other users of this machine may read {store.FileName}; run: chmod 600 {store.FileName}"
                    );
                }

                new CommandOutput(environment.Output, arguments.GetValue(CommandLine.Json)).Write(
                    new
                    {
                        Server = ServerAddress.NameOf(address),
                        stored.Token,
                        stored.TokenId,
                        stored.ExpiresAt,
                    },
                    writer => writer.WriteLine(stored.Token)
                );
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Option<Uri> Server() =>
        new("--server")
        {
            Description = "Address of the sidecar's console, such as https://keys.example.com.",
            HelpName = "URL",
            Required = true,
            CustomParser = result =>
            {
                if (ServerAddress.TryParse(result.Tokens[0].Value, out var server))
                {
                    return server;
                }

                result.AddError($"--server \"{result.Tokens[0].Value}\" {ServerAddress.Rule}.");
                return null;
            },
        };

    private static string LabelOf(string? given)
    {
        if (given is null)
        {
            var own = $"{Environment.UserName}@{Environment.MachineName}";
            return Rules.IsPrintable(own) && own.Length <= LongestLabel ? own : "command line";
        }

        return Rules.Name("--label", given) is { } error ? throw CommandFailure.UsageError(error) : given;
    }

    private static CommandFailure NoToken(Uri server) =>
        new(
            ExitCode.Refused,
            "no_token",
            $"There is no token for {ServerAddress.NameOf(server)}. Run: authsidecar login --server {ServerAddress.NameOf(server)}"
        );
}
