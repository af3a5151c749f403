using System.CommandLine;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>users password</c></summary>
internal static class PasswordCommand
{
    public static Command Build(StoreCommands commands)
    {
        var name = new Argument<string>("NAME") { Description = "The user's name or id." };
        var stdin = new Option<bool>("--stdin") { Description = "Read the password from standard input, without its last line end." };
        var oneTime = new Option<bool>("--one-time")
        {
            Description = "Print a random password, only this once, which must be replaced at the next login within 24 hours.",
        };
        var command = new Command("password", "Set a user's password, and end the user's sessions. Asks for it on a terminal.")
        {
            name,
            stdin,
            oneTime,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(stdin) && result.GetValue(oneTime))
            {
                result.AddError("--stdin and --one-time exclude each other.");
            }
        });
        return commands.Runs(command, async (context, cancellationToken) =>
        {
            var user = context.Arguments.GetRequiredValue(name);
            using var hashing = new PasswordHashing();
            if (context.Arguments.GetValue(oneTime))
            {
                var reset = await new ResetPassword(context.Store, hashing, context.Time).RunAsync(user, cancellationToken);
                Print(context, reset.OrFail());
                return;
            }

            var password = context.Arguments.GetValue(stdin) ? await context.ReadInputAsync(cancellationToken) : Ask(context, user);
            var set = await new OverwritePassword(context.Store, hashing, context.Time).RunAsync(user, password, cancellationToken);
            Print(context, set.OrFail());
        });
    }

    private static string Ask(CommandContext context, string user)
    {
        var password = context.Ask($"New password of {user}: ")
            ?? throw CommandFailure.UsageError("There is no terminal to ask for the password: give --stdin or --one-time.");
        return context.Ask("Again: ") == password ? password : throw CommandFailure.UsageError("The two passwords differ.");
    }

    private static void Print(CommandContext context, User user) =>
        context.Output.Write(new { user.Id, user.Name }, writer => writer.WriteLine($"Set the password of {user.Name}."));

    private static void Print(CommandContext context, OneTimePassword reset) =>
        context.Output.Write(
            new
            {
                reset.User.Id,
                reset.User.Name,
                reset.Password,
                reset.ExpiresAt,
            },
            writer => writer.WriteLine(reset.Password)
        );
}
