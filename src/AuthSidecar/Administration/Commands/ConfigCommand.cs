using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>config check</c> and <c>config show</c>.</summary>
internal static class ConfigCommand
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Command Create(SettingsSource source)
    {
        var check = new Command("check", "Print every error of the configuration.");
        check.SetAction(parsed => Run(parsed, source, Check));
        var show = new Command("show", "Print the effective settings, with secrets masked.");
        show.SetAction(parsed => Run(parsed, source, Show));
        return new("config", "Check or show the configuration.") { check, show };
    }

    /// <summary>Prints the configuration errors.</summary>
    /// <returns>The exit code.</returns>
    public static int Refuse(SettingsResult loaded, bool asJson, TextWriter error)
    {
        if (asJson)
        {
            error.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        Error = "invalid_configuration",
                        Message = string.Join("; ", loaded.Errors),
                        loaded.Errors,
                        loaded.Warnings,
                    },
                    _json
                )
            );
        }
        else
        {
            WriteLines(error, loaded.Errors);
        }

        return ExitCode.ConfigurationError;
    }

    private static int Run(ParseResult parsed, SettingsSource source, Action<SettingsResult, bool, InvocationConfiguration> print)
    {
        var loaded = SettingsLoader.Load(source);
        var asJson = parsed.GetValue(CommandLine.Json);
        if (loaded.Settings is null)
        {
            return Refuse(loaded, asJson, parsed.InvocationConfiguration.Error);
        }

        print(loaded, asJson, parsed.InvocationConfiguration);
        return ExitCode.Done;
    }

    private static void Check(SettingsResult loaded, bool asJson, InvocationConfiguration console)
    {
        if (asJson)
        {
            console.Output.WriteLine(JsonSerializer.Serialize(new { Ok = true, loaded.Warnings }, _json));
            return;
        }

        console.Output.WriteLine("OK");
        WriteLines(console.Error, loaded.Warnings.Select(warning => $"warning: {warning}"));
    }

    private static void Show(SettingsResult loaded, bool asJson, InvocationConfiguration console)
    {
        console.Output.WriteLine(SettingsWriter.Write(loaded.Settings!));
        if (!asJson)
        {
            WriteLines(console.Error, loaded.Warnings.Select(warning => $"warning: {warning}"));
        }
    }

    private static void WriteLines(TextWriter writer, IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            writer.WriteLine(line);
        }
    }
}
