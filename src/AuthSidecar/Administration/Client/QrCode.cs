using QRCoder;

namespace AuthSidecar.Administration.Client;

/// <summary>A QR code in the characters of a terminal: two rows of modules in a line, dark on light on any ground.</summary>
internal static class QrCode
{
    private const string DarkOnLight = "\e[30;107m";
    private const string Reset = "\e[0m";

    /// <param name="text">An address.</param>
    /// <param name="columns">Width of the terminal.</param>
    /// <returns>The lines; empty: the terminal is too narrow.</returns>
    public static IReadOnlyList<string> Lines(string text, int columns)
    {
        using var code = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.L);

        // The matrix has the quiet zone of the standard already.
        var rows = code.ModuleMatrix;
        if (rows.Count > columns)
        {
            return [];
        }

        return
        [
            .. Enumerable
                .Range(0, (rows.Count + 1) / 2)
                .Select(line =>
                    DarkOnLight
                    + string.Concat(
                        Enumerable
                            .Range(0, rows.Count)
                            .Select(column => Of(rows[2 * line][column], 2 * line + 1 < rows.Count && rows[2 * line + 1][column]))
                    )
                    + Reset
                ),
        ];
    }

    private static char Of(bool isUpperDark, bool isLowerDark) =>
        (isUpperDark, isLowerDark) switch
        {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            _ => ' ',
        };
}
